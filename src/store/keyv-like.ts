/** What a store must be able to do: the part of Keyv that is used. */

/** The part of a Keyv instance (5.6 or 6) that the store uses. */
export interface KeyvLike {
  readonly store?: unknown;
  get(key: string): Promise<unknown>;
  getRaw?(key: string): Promise<unknown>;
  getMany(keys: string[]): Promise<unknown[]>;
  set(key: string, value: string): Promise<unknown>;
  setMany?(entries: { key: string; value: string }[]): Promise<unknown>;
  delete(key: string): Promise<unknown>;
  deleteMany?(keys: string[]): Promise<unknown>;
  disconnect?(): Promise<unknown>;
  on(event: "error", listener: (error: unknown) => void): unknown;
}

/** A Keyv, or what opens one: called when it is first needed, and again after it has failed for a while. */
export type StoreSource = KeyvLike | (() => KeyvLike | Promise<KeyvLike>);
