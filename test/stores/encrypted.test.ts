import { randomBytes } from "node:crypto";
import { Keyv } from "keyv";
import { Keyv as Keyv6 } from "keyv6";
import { describe, expect, it } from "vitest";
import { createCache } from "../../src/index.js";
import type { KeyvLike } from "../../src/store/keyv-like.js";
import { type EncryptionKey, encrypted } from "../../src/stores/index.js";
import { storeContract } from "../../src/testing/store-contract.js";
import { ask, record, says, short } from "../support/cache.js";

const key = (id: string): EncryptionKey => ({ id, secret: new Uint8Array(randomBytes(32)) });
const [old, next] = [key("old"), key("next")];

const KEYVS = {
  "Keyv 5": (map: Map<string, unknown>): KeyvLike => new Keyv({ store: map }),
  "Keyv 6": (map: Map<string, unknown>): KeyvLike => new Keyv6({ store: map }),
};

for (const [version, wrap] of Object.entries(KEYVS)) {
  const shared = new Map<string, unknown>();
  // Damage is told alike, whatever was damaged; the contract damages what it reads, which is decrypted.
  storeContract(`encrypted memory with ${version}`, () => encrypted(wrap(shared), { keys: [old] })(), {
    describe,
    it,
    expect,
  });

  describe(`an encrypted store, ${version}`, () => {
    it("holds no text, and is read with a new key beside the old one, and not without it", async () => {
      const map = new Map<string, unknown>();
      const live = async (
        keys: readonly [EncryptionKey, ...EncryptionKey[]],
        text: string,
        readPlain = false,
      ): Promise<string> => {
        const cache = createCache({
          store: encrypted(wrap(map), { keys, readPlain }),
          pollInterval: 0,
          loadDeadline: 10_000,
        });
        const found = short(await cache.lookup(ask("CANARY question")));
        await cache.observe(ask(text), says("CANARY answer"));
        await cache.close();
        return found;
      };
      expect(await live([old], "CANARY question")).toBe("miss unseen");
      expect(JSON.stringify([...map])).not.toMatch(/CANARY|question|answer/);
      expect(await live([next, old], "CANARY other")).toBe("exact CANARY answer");
      expect(JSON.stringify([...map])).toContain("e1.next.");
      expect(await live([next], "CANARY third")).toBe("miss unseen");
    });

    it("believes no value that was moved to another key, changed, or not encrypted, and counts it", async () => {
      const map = new Map<string, unknown>();
      const plain = createCache({ store: wrap(map), pollInterval: 0 });
      await plain.observe(ask("a"), says("b"));
      await plain.close();
      const read = async (readPlain: boolean): Promise<[string, number]> => {
        const cache = createCache({
          store: encrypted(wrap(map), { keys: [old], readPlain }),
          pollInterval: 0,
          loadDeadline: 10_000,
        });
        const told = record(cache);
        const found = short(await cache.lookup(ask("a")));
        await cache.close();
        return [found, told.filter(({ name }) => name === "fault").length];
      };
      expect(await read(true)).toEqual(["exact b", 0]);
      const [found, faults] = await read(false);
      expect([found, faults > 0]).toEqual(["miss unseen", true]);
      const keyv = await encrypted(wrap(map), { keys: [old] })();
      await keyv.set("one", "text of one");
      const name = [...map.keys()].find((each) => each.endsWith("one")) ?? "";
      map.set(name.replace("one", "two"), map.get(name));
      expect([await keyv.get("one"), await keyv.get("two")]).toEqual(["text of one", "unreadable"]);
    });
  });
}

it("refuses a key that is none", () => {
  const store = new Keyv();
  expect(() => encrypted(store, { keys: [{ id: "a b", secret: new Uint8Array(32) }] })).toThrow(/BAD_OPTION/);
  expect(() => encrypted(store, { keys: [{ id: "a", secret: new Uint8Array(16) }] })).toThrow(/BAD_OPTION/);
});
