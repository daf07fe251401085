import { Keyv } from "keyv";
import { describe, expect, it } from "vitest";
import { openRecordStore, type RecordStore, type RecordStoreOptions } from "../../src/store/index.js";
import { bucketsOf } from "../../src/store/keys.js";
import { readAll } from "../../src/testing/read-all.js";
import { put, ScriptedStore } from "./scripted-store.js";

/** Writers that share their buckets. */
const [ADA, BOB] = sameBucket();

function sameBucket(): [string, string] {
  let n = 0;
  while (String(bucketsOf(`w-${n}`)) !== String(bucketsOf("ada"))) n++;
  return ["ada", `w-${n}`];
}

function open(store: object, options: Partial<RecordStoreOptions> = {}): RecordStore {
  return openRecordStore({
    keyv: new Keyv({ store }),
    namespace: "test",
    onFault: () => undefined,
    deadline: 60_000,
    ...options,
  });
}

const isBucket = (key: string): boolean => key.includes(".w.");
const ids = async (records: RecordStore): Promise<string[]> =>
  (await readAll(records)).map(({ id }) => id).sort();

describe("the registry of writers", () => {
  it("finds both of two writers that register in one bucket at the same moment", async () => {
    const store = new ScriptedStore();
    // Both have read the empty bucket before either writes it.
    const waiting: (() => void)[] = [];
    let reads = 0;
    store.before = (key, operation) => {
      if (!isBucket(key) || operation !== "get" || ++reads > 2) return undefined;
      return new Promise((resolve) => {
        waiting.push(resolve);
        if (waiting.length === 2) for (const go of waiting) go();
      });
    };
    await Promise.all([
      open(store, { writer: ADA }).append([put("a", 1)]),
      open(store, { writer: BOB }).append([put("b", 2)]),
    ]);
    expect(await ids(open(store))).toEqual(["a", "b"]);
  });

  it("finds a writer by either of its two buckets, though it is dead and nobody has seen it", async () => {
    const store = new ScriptedStore();
    await open(store, { writer: ADA }).append([put("a", 1)]);
    const buckets = [...store.map].filter(([key]) => isBucket(key));
    expect(buckets).toHaveLength(2);
    for (const [key, value] of buckets) {
      store.map.delete(key);
      expect(await ids(open(store))).toEqual(["a"]);
      store.map.set(key, value);
    }
  });

  it("gives every writer two buckets", () => {
    for (let n = 0; n < 200; n++) expect(new Set(bucketsOf(`w-${n}`)).size).toBe(2);
  });

  it("is mended by any process that has seen a writer, though that writer is dead", async () => {
    const store = new ScriptedStore();
    let time = 0;
    await open(store, { writer: ADA }).append([put("a", 1)]);
    const witness = open(store, { now: () => time });
    expect(await ids(witness)).toEqual(["a"]);
    for (const key of store.map.keys()) if (isBucket(key)) store.map.delete(key);
    expect(await ids(open(store))).toEqual([]);
    time += 60_000;
    await readAll(witness);
    expect(await ids(open(store))).toEqual(["a"]);
  });

  it("is mended by the writer itself when it reads", async () => {
    const store = new ScriptedStore();
    const ada = open(store, { writer: ADA });
    await ada.append([put("a", 1)]);
    for (const key of store.map.keys()) if (isBucket(key)) store.map.delete(key);
    await readAll(ada);
    expect(await ids(open(store))).toEqual(["a"]);
  });

  it("is not overwritten when it cannot be read", async () => {
    const store = new ScriptedStore();
    await open(store, { writer: ADA }).append([put("a", 1)]);
    const before = [...store.map].filter(([key]) => isBucket(key));
    store.affects = (key, operation) => isBucket(key) && operation === "get";
    store.mode = "mute";
    const bob = open(store, { writer: BOB, deadline: 1 });
    await bob.append([put("b", 2)]);
    await bob.flush();
    await readAll(bob);
    expect([...store.map].filter(([key]) => isBucket(key))).toEqual(before);
    store.mode = "up";
    await bob.flush();
    expect(await ids(open(store))).toEqual(["a", "b"]);
  });

  it("forgets a registration that was never followed by a log", async () => {
    const store = new ScriptedStore();
    let time = 0;
    const now = (): number => time;
    store.affects = (key) => key.includes(".r.");
    store.mode = "down";
    const stillborn = open(store, { writer: ADA, deadline: 1, closeDeadline: 20, now });
    await stillborn.append([put("a", 1)]);
    await stillborn.close();
    store.mode = "up";
    const other = open(store, { now });
    await readAll(other);
    const buckets = (): string => JSON.stringify([...store.map].filter(([key]) => isBucket(key)));
    expect(buckets()).toContain(ADA);
    time += 3_600_001;
    await readAll(other);
    expect(buckets()).not.toContain(ADA);
  });
});
