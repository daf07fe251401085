/** Keeps records encrypted at rest: AES-GCM by Web Crypto around any Keyv, with keys that can be changed. */
import type { webcrypto } from "node:crypto";
import { RepriseError } from "../errors.js";
import type { KeyvLike, StoreSource } from "../store/keyv-like.js";

/** A key, and the short name under which what it encrypted finds it again. */
export interface EncryptionKey {
  /** Letters, digits, `-` and `_`, at most 32. */
  readonly id: string;
  /** 32 bytes. */
  readonly secret: Uint8Array;
}

/** How values are encrypted. */
export interface EncryptionOptions {
  /** The first encrypts; all of them decrypt. To change keys, put a new one first. */
  readonly keys: readonly [EncryptionKey, ...EncryptionKey[]];
  /** Whether values that were stored before there was encryption are still read. Default false. */
  readonly readPlain?: boolean;
}

const MARK = "e1";
const FORM = /^e1\.([\w-]{1,32})\.([\w-]+)$/;
const IV_BYTES = 12;
/** Read as damaged, and so as absent. */
const UNREADABLE = "unreadable";

/**
 * A store whose values are encrypted, for `createCache({ store: encrypted(postgres(url), { keys }) })`. Each
 * value is bound to its key in the store. The keys in the store stay readable: they hold digests, no text.
 * Works with Keyv 5 and 6 alike, because it stands around the Keyv. Throws `RepriseError` `BAD_OPTION` for a
 * key that is none.
 */
export function encrypted(source: StoreSource, options: EncryptionOptions): () => Promise<KeyvLike> {
  for (const { id, secret } of options.keys) {
    if (!/^[\w-]{1,32}$/.test(id))
      throw new RepriseError("BAD_OPTION", 'encrypted: option "keys" has a key without a proper id');
    if (secret.byteLength !== 32)
      throw new RepriseError(
        "BAD_OPTION",
        `encrypted: option "keys": the secret of "${id}" has not 32 bytes`,
      );
  }
  const keys = Promise.all(
    options.keys.map(async ({ id, secret }) => [id, await importKey(secret)] as const),
  );
  return async () =>
    around(
      typeof source === "function" ? await source() : source,
      typeof source === "function",
      await cipher(keys, options),
    );
}

interface Cipher {
  encrypt(key: string, text: string): Promise<string>;
  decrypt(key: string, value: unknown): Promise<unknown>;
}

async function cipher(
  keys: Promise<readonly (readonly [string, webcrypto.CryptoKey])[]>,
  { readPlain = false }: EncryptionOptions,
): Promise<Cipher> {
  const all = new Map(await keys);
  const [current] = await keys;
  if (!current) throw new RepriseError("BAD_OPTION", 'encrypted: option "keys" is empty');
  const parameters = (key: string, iv: Uint8Array<ArrayBuffer>) => ({
    name: "AES-GCM",
    iv,
    additionalData: new TextEncoder().encode(key),
  });
  return {
    async encrypt(key, text) {
      const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
      const sealed = await crypto.subtle.encrypt(
        parameters(key, iv),
        current[1],
        new TextEncoder().encode(text),
      );
      return `${MARK}.${current[0]}.${Buffer.concat([iv, new Uint8Array(sealed)]).toString("base64url")}`;
    },
    async decrypt(key, value) {
      if (typeof value !== "string") return value;
      const [, id = "", sealed = ""] = FORM.exec(value) ?? [];
      if (sealed === "") return readPlain ? value : UNREADABLE;
      const secret = all.get(id);
      const bytes = new Uint8Array(Buffer.from(sealed, "base64url"));
      if (!secret || bytes.length <= IV_BYTES) return UNREADABLE;
      try {
        const text = await crypto.subtle.decrypt(
          parameters(key, bytes.slice(0, IV_BYTES)),
          secret,
          bytes.slice(IV_BYTES),
        );
        return new TextDecoder().decode(text);
      } catch {
        return UNREADABLE;
      }
    },
  };
}

/** A Keyv in front of a Keyv. */
function around(keyv: KeyvLike, isOwn: boolean, { encrypt, decrypt }: Cipher): KeyvLike {
  async function one(key: string): Promise<unknown> {
    if (!keyv.getRaw) return await decrypt(key, await keyv.get(key));
    const raw = await keyv.getRaw(key);
    return await decrypt(key, typeof raw === "object" && raw !== null && "value" in raw ? raw.value : raw);
  }
  return {
    store: keyv.store,
    get: one,
    getRaw: one,
    getMany: async (keys) =>
      await Promise.all((await keyv.getMany(keys)).map((value, index) => decrypt(keys[index] ?? "", value))),
    set: async (key, value) => await keyv.set(key, await encrypt(key, value)),
    ...(keyv.setMany && {
      setMany: async (entries: { key: string; value: string }[]) =>
        await keyv.setMany?.(
          await Promise.all(
            entries.map(async ({ key, value }) => ({ key, value: await encrypt(key, value) })),
          ),
        ),
    }),
    delete: (key) => keyv.delete(key),
    ...(keyv.deleteMany && { deleteMany: async (keys: string[]) => await keyv.deleteMany?.(keys) }),
    ...(isOwn && keyv.disconnect && { disconnect: async () => await keyv.disconnect?.() }),
    on: (event, listener) => keyv.on(event, listener),
  };
}

async function importKey(secret: Uint8Array): Promise<webcrypto.CryptoKey> {
  return await crypto.subtle.importKey("raw", new Uint8Array(secret), "AES-GCM", false, [
    "encrypt",
    "decrypt",
  ]);
}
