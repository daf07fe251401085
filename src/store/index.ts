/** The storage layer: records over any Keyv. */
export type { KeyvLike } from "./keyv-like.js";
export { openRecordStore, type RecordStoreOptions } from "./record-store.js";
export type { RecordStore, StoredEvent, StoreFault } from "./records.js";
