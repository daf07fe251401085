/** The storage layer: records over any Keyv. */
export type { KeyvLike, StoreSource } from "./keyv-like.js";
export { openRecordStore, type RecordStoreOptions } from "./record-store.js";
export type { RecordStore, StoredEvent, StoreEvent, StoreFault, Take, Wants } from "./records.js";
