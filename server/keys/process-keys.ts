/** The key store of a process: opened when it is first needed, and the same for every configuration after that. */
import { Keyv } from "keyv";
import type { KeyvLike, StoreSource } from "reprise";
import { type KeyStore, openKeyStore } from "./key-store.js";

/** A key store that is opened when it is first asked for. */
export interface ProcessKeys {
  /** The one store. */
  get(): KeyStore;
  /** Records what was counted, and lets go of it. */
  close(): Promise<void>;
}

/** `store`: that of the cache; without one, keys are in memory, and gone when the process ends. */
export function createProcessKeys({
  store,
  namespace,
  onFault,
}: {
  readonly store: StoreSource | undefined;
  readonly namespace: string;
  readonly onFault: (error: unknown) => void;
}): ProcessKeys {
  let opened: KeyStore | undefined;
  return {
    get() {
      opened ??= openKeyStore({
        store: store ?? (new Keyv() as unknown as KeyvLike),
        namespace,
        onFault: ({ code, operation }) => onFault(new KeyStoreFault(`${operation}: ${code}`)),
      });
      return opened;
    },
    close: async () => await opened?.close(),
  };
}

/** What failed in the store of keys. */
class KeyStoreFault extends Error {
  override readonly name = "KeyStoreFault";
}
