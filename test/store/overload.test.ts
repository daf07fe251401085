import { Keyv } from "keyv";
import { afterEach, describe, expect, it } from "vitest";
import { openRecordStore, type RecordStore, type StoredEvent } from "../../src/store/index.js";
import { TRIMMED } from "../../src/store/records.js";
import { faultList, put, ScriptedStoreWithGetMany, until } from "./scripted-store.js";

const opened: RecordStore[] = [];
afterEach(async () => {
  for (const store of opened.splice(0)) await store.close();
});

/** A store that takes one write at a time, each when it is told to. */
function slow(options: { maxWaiting?: number; deadline?: number } = {}) {
  const adapter = new ScriptedStoreWithGetMany();
  const { faults, onFault } = faultList();
  const store = openRecordStore({
    keyv: new Keyv({ store: adapter, namespace: "" }),
    namespace: "n",
    deadline: 20,
    operationDeadline: 60_000,
    onFault,
    ...options,
  });
  opened.push(store);
  return { adapter, store, faults };
}

const puts = (from: number, count: number): StoredEvent[] =>
  Array.from({ length: count }, (_, index) => put(`r${from + index}`, from + index));

describe("a store to which more comes than it takes", () => {
  it("is made room in before all that waits is written", async () => {
    const { adapter, store } = slow();
    await store.append(puts(0, 10));
    await store.flush();
    const bodies = (): number => [...adapter.map.keys()].filter((key) => key.includes(".r.")).length;
    expect(bodies()).toBe(10);
    // Five jobs wait; what makes room is done after the first of them.
    adapter.mode = "hang";
    store.record(puts(100, 5_000));
    const trimmed = store.trim(
      puts(0, 10).map(({ id, at }) => ({ kind: "forget", id, at: at + 50, witness: TRIMMED })),
    );
    adapter.mode = "up";
    adapter.letGo();
    await trimmed;
    expect(store.waiting()).toBeGreaterThan(0);
    expect([...adapter.map.keys()].filter((key) => /\.r\.r\d$/.test(key))).toEqual([]);
    await store.flush();
    expect([store.waiting(), bodies()]).toEqual([0, 5_000]);
  });

  it("does not keep who makes room waiting when it fails, nor when it is closed", async () => {
    const { adapter, store } = slow();
    await store.append(puts(0, 10));
    await store.flush();
    adapter.mode = "down";
    const forgets = puts(0, 10).map(
      ({ id, at }): StoredEvent => ({ kind: "forget", id, at: at + 50, witness: TRIMMED }),
    );
    await store.trim(forgets);
    await store.trim(forgets);
    adapter.mode = "up";
    await until(() => ![...adapter.map.keys()].some((key) => /\.r\.r\d$/.test(key)));
    adapter.mode = "hang";
    const trimmed = store.trim(forgets);
    const closed = store.close();
    await trimmed;
    adapter.mode = "up";
    adapter.letGo();
    await closed;
  });

  it("is waited for by everybody, for the deadline, while much waits", async () => {
    const { adapter, store, faults } = slow({ maxWaiting: 100 });
    await store.append(puts(0, 1));
    adapter.mode = "hang";
    store.record(puts(10, 1));
    await until(() => store.waiting() === 0);
    const slowly = (): number => faults.filter(({ code }) => code === "slow").length;
    await store.append(puts(20, 1));
    expect(slowly()).toBe(1);
    // Who has waited in vain does not wait again.
    await store.append(puts(30, 1));
    expect(slowly()).toBe(1);
    store.record(puts(40, 50));
    await store.append(puts(200, 1));
    await store.append(puts(300, 1));
    expect(slowly()).toBe(3);
    adapter.mode = "up";
    adapter.letGo();
    await store.flush();
  });
});
