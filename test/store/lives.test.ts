import { Keyv } from "keyv";
import { describe, expect, it } from "vitest";
import { openRecordStore, type RecordStore, type RecordStoreOptions } from "../../src/store/index.js";
import { readAll } from "../../src/testing/read-all.js";
import { put, ScriptedStore } from "./scripted-store.js";

function open(store: object, options: Partial<RecordStoreOptions> = {}): RecordStore {
  return openRecordStore({
    keyv: new Keyv({ store }),
    namespace: "test",
    onFault: () => undefined,
    deadline: 60_000,
    ...options,
  });
}

const heads = (store: ScriptedStore): number =>
  [...store.map.keys()].filter((key) => key.includes(".h.")).length;

describe("many short lives on one store", () => {
  it("are all found afterwards, however many there are at once", async () => {
    const store = new ScriptedStore();
    // Each operation takes a while, so that they come between each other.
    store.before = () => new Promise((resolve) => setTimeout(resolve, Math.random() * 2));
    for (let round = 0; round < 10; round++) {
      await Promise.all(
        Array.from({ length: 30 }, async (_, n) => {
          const life = open(store);
          await life.append([put(`r-${round}-${n}`, round)]);
          await life.close();
        }),
      );
    }
    store.before = () => undefined;
    expect(new Set((await readAll(open(store))).map(({ id }) => id)).size).toBe(300);
  });

  it("leave few logs when each takes over what others have closed", async () => {
    const store = new ScriptedStore();
    for (let n = 0; n < 200; n++) {
      const life = open(store);
      await readAll(life);
      await life.append([put(`r-${n}`, n)]);
      await life.flush();
      await life.close();
    }
    expect(heads(store)).toBeLessThan(10);
    expect((await readAll(open(store))).length).toBeGreaterThanOrEqual(200);
    expect(new Set((await readAll(open(store))).map(({ id }) => id)).size).toBe(200);
  });

  it("cost an idle process nothing once they are closed", async () => {
    const store = new ScriptedStore();
    const idle = open(store);
    await idle.append([put("own", 1)]);
    for (let n = 0; n < 100; n++) {
      const life = open(store);
      await life.append([put(`r-${n}`, n)]);
      await life.close();
    }
    await readAll(idle);
    await idle.flush();
    for (let calls = -1; calls !== store.calls; await new Promise((go) => setTimeout(go, 10)))
      calls = store.calls;
    expect(heads(store)).toBe(1);
    await readAll(idle);
    const before = store.calls;
    for (let n = 0; n < 10; n++) await readAll(idle);
    // The bell and its own head.
    expect(store.calls - before).toBe(20);
  });
});
