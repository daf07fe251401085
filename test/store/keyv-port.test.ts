import { Keyv } from "keyv";
import { describe, expect, it } from "vitest";
import type { KeyvLike } from "../../src/store/keyv-like.js";
import { openPort } from "../../src/store/keyv-port.js";
import { KEYVS, ScriptedStore, ScriptedStoreWithGetMany } from "./scripted-store.js";

const clock = (): number => performance.now();

for (const [version, wrap] of Object.entries(KEYVS)) {
  for (const Store of [ScriptedStore, ScriptedStoreWithGetMany]) {
    describe(`a port to ${version} on a ${Store.name}`, () => {
      it("tells an absent key from a store that is down", async () => {
        const store = new Store();
        const port = openPort(wrap(store), 1_000, clock);
        expect(await port.read(["a", "b"])).toEqual([{ gap: "absent" }, { gap: "absent" }]);
        store.mode = "down";
        expect(await port.read(["a", "b"])).toEqual([{ gap: "unreachable" }, { gap: "unreachable" }]);
        expect(await port.read(["a"])).toEqual([{ gap: "unreachable" }]);
        expect(await port.write(new Map([["a", "1"]]))).toBe("unreachable");
        // biome-ignore format: one pair a line says nothing more
        expect(await port.write(new Map([["a", "1"], ["b", "2"]]))).toBe("unreachable");
        expect(await port.erase(["a"])).toBe("unreachable");
        expect(await port.erase(["a", "b"])).toBe("unreachable");
      });

      it("sees through a store that only emits its errors", async () => {
        const store = new Store();
        const port = openPort(wrap(store), 1_000, clock);
        store.mode = "mute";
        expect(await port.read(["a", "b", "c", "d", "e"])).toEqual(Array(5).fill({ gap: "unreachable" }));
        expect(await port.write(new Map([["a", "1"]]))).toBe("unreachable");
        expect(await port.erase(["a"])).toBe("unreachable");
      });

      it("reads the other keys when one row cannot be decoded", async () => {
        const store = new Store();
        const port = openPort(wrap(store), 1_000, clock);
        const entries = new Map(["a", "b", "c", "d", "e"].map((key) => [key, key.toUpperCase()]));
        expect(await port.write(entries)).toBeUndefined();
        store.map.set("b", '{"value":"B');
        store.map.set("d", '{"value":17}');
        expect(await port.read([...entries.keys()])).toEqual([
          { text: "A" },
          { gap: "damaged" },
          { text: "C" },
          { gap: "damaged" },
          { text: "E" },
        ]);
      });

      it("gives up an operation that hangs, and stops asking a store that always hangs", async () => {
        const store = new Store();
        const port = openPort(wrap(store), 5, clock);
        store.mode = "hang";
        expect(await port.read(["a"])).toEqual([{ gap: "timeout" }]);
        for (let n = 0; n < 50; n++) expect(await port.write(new Map([["a", "1"]]))).toBe("timeout");
        expect(store.calls).toBeLessThan(12);
        store.mode = "up";
        store.letGo();
        await new Promise(setImmediate);
        expect(await port.write(new Map([["a", "2"]]))).toBeUndefined();
        expect(await port.read(["a"])).toEqual([{ text: "2" }]);
      });
    });
  }
}

describe("a port", () => {
  it("asks a hanging store again after a pause, and ever more rarely", async () => {
    const store = new ScriptedStore();
    let time = 0;
    const port = openPort(new Keyv({ store }), 1, () => time);
    store.mode = "hang";
    for (let n = 0; n < 8; n++) await port.read(["a"]);
    const calls: number[] = [];
    for (time = 1; time < 20_000; time += 100) {
      const before = store.calls;
      await port.read(["a"]);
      if (store.calls > before) calls.push(time);
    }
    expect(calls).toEqual([1, 1001, 3001, 7001, 15001]);
  });

  it("writes one by one when setMany is refused", async () => {
    const map = new Map<string, unknown>();
    const keyv = new Keyv({ store: map });
    const broken: KeyvLike = new Proxy(keyv, {
      get: (target, name) => {
        if (name === "setMany") return async (entries: unknown[]) => entries.map(() => false);
        const value = Reflect.get(target, name, target) as unknown;
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
    const port = openPort(broken, 1_000, clock);
    // biome-ignore format: as above
    expect(await port.write(new Map([["a", "1"], ["b", "2"]]))).toBeUndefined();
    expect(await port.read(["a", "b"])).toEqual([{ text: "1" }, { text: "2" }]);
  });

  it("listens once to a Keyv, however often it is opened", () => {
    const keyv = new Keyv();
    for (let n = 0; n < 200; n++) openPort(keyv, 1_000, clock);
    expect(keyv.listeners("error").length).toBe(1);
  });
});
