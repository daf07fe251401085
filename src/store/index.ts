/** The storage layer: records over any Keyv. */
export type { KeyvLike } from "./keyv-port.js";
export { openRecordStore, type RecordStoreOptions } from "./record-store.js";
export type { RecordStore, StoredEvent, StoreEvent, StoreFault, Take } from "./records.js";
