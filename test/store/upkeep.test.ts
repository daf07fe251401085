import { Keyv } from "keyv";
import { describe, expect, it } from "vitest";
import {
  openRecordStore,
  type RecordStore,
  type RecordStoreOptions,
  type StoredEvent,
} from "../../src/store/index.js";
import { TRIMS_KEPT } from "../../src/store/ledger.js";
import { BRIEFLY, TRIMMED } from "../../src/store/records.js";
import { readAll } from "../../src/testing/read-all.js";
import { faultList, put, ScriptedStore, ScriptedStoreWithGetMany } from "./scripted-store.js";

const HOUR = 3_600_000;

function open(store: object, options: Partial<RecordStoreOptions>): RecordStore {
  return openRecordStore({
    keyv: new Keyv({ store }),
    namespace: "test",
    onFault: () => undefined,
    deadline: 60_000,
    ...options,
  });
}

/** Lets the upkeep, which has no caller to wait for it, come to its end. */
async function settle(store: ScriptedStore): Promise<void> {
  // It may rest for a turn of a loop that is slow.
  for (let calls = -1, quiet = 0; quiet < 3; ) {
    quiet = calls === store.calls ? quiet + 1 : 0;
    calls = store.calls;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

const live = (events: readonly StoredEvent[]): string[] =>
  [...new Set(events.filter(({ kind }) => kind === "put").map(({ id }) => id))].sort();
const logs = (store: ScriptedStore): string[] => [...store.map.keys()].filter((key) => /\.[lh]\./.test(key));

describe("the upkeep of the own log", () => {
  it("keeps the store bounded when records come and go for ever", async () => {
    const store = new ScriptedStore();
    let time = 0;
    const { faults, onFault } = faultList();
    const now = (): number => time;
    const records = open(store, { now, onFault });
    const reader = open(store, { now, onFault });
    await records.append([put("hot", 0)]);
    const kept = 200;
    const sizes: number[] = [];
    for (let n = 1; n <= 6_000; n++) {
      time += 10_000; // 360 an hour
      const event: StoredEvent[] = [
        put(`r-${n}`, time),
        { kind: "agree", id: `r-${n}`, at: time, witness: "w" },
      ];
      if (n > kept) event.push({ kind: "forget", id: `r-${n - kept}`, at: time, witness: BRIEFLY });
      await records.append(event);
      if (n % 1_000 === 0) {
        await settle(store);
        await readAll(reader);
        sizes.push(store.map.size);
      }
    }
    expect(Math.max(...sizes)).toBeLessThan(kept + 50);
    const expected = ["hot", ...Array.from({ length: kept }, (_, n) => `r-${6_000 - n}`)].sort();
    const events = await readAll(open(store, { now, onFault }));
    expect(live(events)).toEqual(expected);
    expect(events.length).toBeLessThan(4_000);
    expect(faults).toEqual([]);
  });
});

describe("the upkeep of a writer that never rests", () => {
  it("keeps its log bounded all the same", async () => {
    const store = new ScriptedStore();
    let time = 0;
    const records = open(store, { now: () => time });
    let before = Promise.resolve();
    let most = 0;
    let flushed: number | undefined;
    for (let n = 0; n < 300; n++) {
      // What comes after it is not waited for.
      if (n === 50) void records.flush().then(() => (flushed = n));
      time += TRIMS_KEPT / 10;
      const ids = Array.from({ length: 50 }, (_, number) => `r-${n}-${number}`);
      const next = records.append(
        ids.flatMap((id): StoredEvent[] => [
          put(id, time),
          { kind: "forget", id, at: time, witness: TRIMMED },
        ]),
      );
      // When one is done the next waits already.
      await before;
      before = next;
      if (n >= 100) most = Math.max(most, logs(store).length);
    }
    // 30,000 events, of which those of ten turns count: 1,000.
    expect(most).toBeLessThan(40);
    expect(flushed).toBeLessThan(60);
  });
});

describe("what was trimmed to keep the store within its bound", () => {
  const trim = (id: string, at: number): StoredEvent => ({ kind: "forget", id, at, witness: TRIMMED });
  const forgets = (events: readonly StoredEvent[]): number =>
    events.filter(({ kind }) => kind === "forget").length;

  it("is in no log soon after, while what a user erased is", async () => {
    const store = new ScriptedStore();
    let time = 0;
    const now = (): number => time;
    const records = open(store, { now });
    await records.append([put("erased", 0), { kind: "forget", id: "erased", at: 1 }]);
    let most = 0;
    for (let n = 0; n < 40; n++) {
      time += TRIMS_KEPT / 4;
      const ids = Array.from({ length: 200 }, (_, number) => `r-${n}-${number}`);
      await records.append(ids.map((id) => put(id, time)));
      await records.append(ids.map((id) => trim(id, time)));
      await settle(store);
      if (n % 10 === 9) most = Math.max(most, forgets(await readAll(open(store, { now }))));
    }
    // Four batches are from less than half a minute ago; a log is swept when half of it is dead.
    expect(most).toBeLessThan(2_500);
    const events = await readAll(open(store, { now }));
    expect(events).toContainEqual({ kind: "forget", id: "erased", at: 1 });
    expect(live(events)).toEqual([]);
  });

  it("does not come back by a put that was under way meanwhile, nor does what a user erased by one from days ago", async () => {
    const store = new ScriptedStore();
    let time = 1_000;
    const now = (): number => time;
    const [records, late] = [open(store, { now }), open(store, { now })];
    await readAll(records);
    await records.append([put("a", 900), put("b", 900)]);
    await records.append([trim("a", time), { kind: "forget", id: "b", at: time }]);
    time += TRIMS_KEPT;
    await late.append([put("a", 950)]);
    expect(live(await readAll(records))).toEqual([]);
    await settle(store);
    time += 24 * HOUR;
    await late.append([put("b", 950)]);
    expect(live(await readAll(records))).toEqual([]);
    await settle(store);
    expect([...store.map.keys()].filter((key) => key.includes(".r."))).toEqual([]);
    expect(live(await readAll(open(store, { now })))).toEqual([]);
  });
});

describe("a sweep whose writes hang", () => {
  it("is given up, and nothing that lives is lost", async () => {
    const store = new ScriptedStore();
    const records = open(store, { operationDeadline: 5 });
    await records.append(Array.from({ length: 700 }, (_, n) => put(`r-${n}`, n)));
    store.affects = (key, operation) => operation === "set" && key.includes(".l.");
    // Only a sweep reads a segment.
    store.before = (key, operation) => {
      if (operation === "get" && key.includes(".l.")) store.mode = "hang";
    };
    await records.append(
      Array.from({ length: 690 }, (_, n): StoredEvent => ({ kind: "forget", id: `r-${n}`, at: 1_000 })),
    );
    await settle(store);
    expect(store.mode).toBe("hang");
    store.before = () => undefined;
    store.mode = "up";
    await records.append([put("later", 2_000)]);
    await records.flush();
    await settle(store);
    store.letGo();
    await settle(store);
    const expected = ["later", ...Array.from({ length: 10 }, (_, n) => `r-${690 + n}`)];
    expect(live(await readAll(open(store, {})))).toEqual(expected);
  });
});

describe("the log of a writer that is gone", () => {
  it("is taken over by a living one, and nothing that lives is lost", async () => {
    const store = new ScriptedStore();
    let time = 1_000;
    const now = (): number => time;
    const dead = open(store, { now });
    await dead.append(Array.from({ length: 600 }, (_, n) => put(`r-${n}`, n)));
    // biome-ignore format: one line
    await dead.append([{ kind: "forget", id: "r-7", at: 700 }, { kind: "agree", id: "r-8", at: 701, witness: "w" }]);
    await dead.close();
    time += HOUR + 1;
    const { faults, onFault } = faultList();
    const heir = open(store, { now, onFault });
    await heir.append([put("own", time)]);
    const before = live(await readAll(heir));
    await settle(store);
    expect(logs(store).filter((key) => key.includes(".h.")).length).toBe(1);
    const events = await readAll(open(store, { now, onFault }));
    expect(live(events)).toEqual([...before, "own"].sort());
    expect(events.filter(({ kind }) => kind === "agree")).toEqual([
      { kind: "agree", id: "r-8", at: 701, witness: "w" },
    ]);
    expect(live(events)).not.toContain("r-7");
    expect(faults).toEqual([]);
  });

  it("is taken over with the bodies that it had written and not named when it was killed", async () => {
    const store = new ScriptedStore();
    let time = 1_000;
    const now = (): number => time;
    const dead = open(store, { now, deadline: 5 });
    await dead.append([put("first", 1)]);
    store.mode = "hang";
    store.affects = (key, operation) => operation === "set" && key.includes(".l.");
    await dead.append([put("unnamed", 2), put("erased", 3)]);
    store.mode = "up";
    time += HOUR + 1;
    const heir = open(store, { now });
    await heir.append([put("own", time), { kind: "forget", id: "erased", at: 4 }]);
    expect(live(await readAll(heir))).toEqual(["first"]);
    await settle(store);
    expect(live(await readAll(open(store, { now })))).toEqual(["first", "own", "unnamed"]);
    expect([...store.map.keys()].some((key) => key.endsWith(".r.erased"))).toBe(false);
    await heir.close();
  });

  it("is not taken over before it was read: the heir would never give what it has not read", async () => {
    const store = new ScriptedStoreWithGetMany();
    let time = 1_000;
    const now = (): number => time;
    const dead = open(store, { now });
    await dead.append(Array.from({ length: 600 }, (_, n) => put(`r-${n}`, n)));
    await dead.close();
    const segments = logs(store).filter((key) => key.includes(".l."));
    time += HOUR + 1;
    const heir = open(store, { now });
    await heir.append([put("own", time)]);
    // Its log does not answer while the heir reads, and does again when the upkeep comes to it.
    store.affects = (key, operation) => operation === "get" && segments.includes(key);
    store.mode = "down";
    expect(live(await readAll(heir))).toEqual([]);
    store.mode = "up";
    await settle(store);
    expect(logs(store)).toEqual(expect.arrayContaining(segments));
    expect(live(await readAll(heir)).length).toBe(600);
    await settle(store);
    expect(logs(store)).toEqual(expect.not.arrayContaining(segments));
  });

  it("is copied once though many writers live, and not again at the next generation", async () => {
    const store = new ScriptedStore();
    let time = 0;
    const now = (): number => time;
    const events = [put("a", 1), put("b", 2), { kind: "agree", id: "a", at: 3, witness: "w" } as const];
    const first = open(store, { now });
    await first.append(events);
    for (let generation = 0; generation < 4; generation++) {
      time += HOUR + 1;
      const writers = Array.from({ length: 4 }, () => open(store, { now }));
      for (const writer of writers)
        await writer.append([{ kind: "agree", id: "b", at: time, witness: String(time) }]);
      for (let round = 0; round < 3; round++) {
        for (const writer of writers) await readAll(writer);
        await settle(store);
      }
      for (const writer of writers) await writer.close();
    }
    const found = await readAll(open(store, { now }));
    expect(live(found)).toEqual(["a", "b"]);
    expect(found.filter(({ kind }) => kind === "put").length).toBe(2);
    const evidence = found
      .filter(({ kind }) => kind === "agree")
      .map(({ id, witness }) => `${id} ${witness}`);
    expect(new Set(evidence).size).toBe(5);
    expect(evidence.length).toBeLessThanOrEqual(1 + 3 + 4);
    expect(logs(store).filter((key) => key.includes(".h.")).length).toBeLessThanOrEqual(4);
  });

  it("is copied without what the heir's own log has already", async () => {
    const store = new ScriptedStore();
    let time = 0;
    const now = (): number => time;
    const events = [put("a", 1), { kind: "agree", id: "a", at: 3, witness: "w" } as const];
    for (let n = 0; n < 3; n++) await open(store, { now }).append(events);
    time += HOUR + 1;
    const heir = open(store, { now });
    await heir.append([put("b", time)]);
    await readAll(heir);
    await settle(store);
    expect((await readAll(open(store, { now }))).map(({ kind, id }) => `${kind} ${id}`)).toEqual([
      "put a",
      "agree a",
      "put b",
    ]);
  });

  it("is taken over by the living writer with the smallest id, and by no other at the same time", async () => {
    const store = new ScriptedStore();
    const now = (): number => 1_000;
    const closed = open(store, { now, writer: "c" });
    const [first, second] = [open(store, { now, writer: "a" }), open(store, { now, writer: "b" })];
    for (const [index, each] of [closed, first, second].entries()) await each.append([put(`r-${index}`, 1)]);
    await closed.close();
    const heads = (): string[] =>
      logs(store)
        .flatMap((key) => (key.includes(".h.") ? [key.slice(-1)] : []))
        .sort();
    for (const each of [second, first]) {
      expect(heads()).toEqual(["a", "b", "c"]);
      await readAll(each);
      await settle(store);
    }
    expect(heads()).toEqual(["a", "b"]);
  });

  it("is left to others for an hour where it is much larger than the heir's own", async () => {
    const store = new ScriptedStore();
    let time = 1_000;
    const now = (): number => time;
    const long = open(store, { now });
    await long.append(Array.from({ length: 1_200 }, (_, n) => put(`r-${n}`, n)));
    await long.close();
    const heir = open(store, { now });
    await heir.append([put("own", time)]);
    const heads = (): number => logs(store).filter((key) => key.includes(".h.")).length;
    await readAll(heir);
    await settle(store);
    expect(heads()).toBe(2);
    time += HOUR + 1;
    await readAll(heir);
    await settle(store);
    await readAll(heir);
    await settle(store);
    expect(heads()).toBe(1);
    expect(live(await readAll(open(store, { now }))).length).toBe(1_201);
  });

  it("is left alone while its writer still reads", async () => {
    const store = new ScriptedStore();
    let time = 0;
    const now = (): number => time;
    const idle = open(store, { now });
    await idle.append([put("a", 1)]);
    const other = open(store, { now });
    await other.append([put("b", 2)]);
    for (let n = 0; n < 20; n++) {
      time += HOUR / 3;
      await readAll(idle);
      await idle.flush();
      await readAll(other);
      await settle(store);
    }
    expect(logs(store).filter((key) => key.includes(".h.")).length).toBe(2);
    await idle.append([put("c", time)]);
    expect(live(await readAll(other))).toEqual(["c"]);
  });

  it("loses nothing if the writer was only asleep", async () => {
    const store = new ScriptedStore();
    let time = 0;
    const now = (): number => time;
    const sleeper = open(store, { now });
    const slept = Array.from({ length: 600 }, (_, n) => put(`a-${n}`, 1));
    await sleeper.append(slept);
    time += 3 * HOUR;
    const heir = open(store, { now });
    await heir.append([put("b", 2)]);
    await readAll(heir);
    await settle(store);
    await sleeper.append([put("c", 3)]);
    await readAll(sleeper);
    await settle(store);
    const { faults, onFault } = faultList();
    const reader = open(store, { now, onFault });
    expect(live(await readAll(reader))).toEqual([...live(slept), "b", "c"]);
    for (let n = 0; n < 3; n++) await readAll(reader);
    expect(faults).toEqual([]);
  });

  it("is taken over by the same process if that had gone on with another log", async () => {
    const store = new ScriptedStore();
    let time = 0;
    const now = (): number => time;
    const records = open(store, { now });
    for (let n = 0; n < 10; n++) {
      await records.append([put(`r-${n}`, time)]);
      time += (HOUR * 3) / 4;
    }
    expect(logs(store).filter((key) => key.includes(".h.")).length).toBe(10);
    await records.append([put("last", time)]);
    expect(await readAll(records)).toEqual([]);
    await settle(store);
    expect(logs(store).filter((key) => key.includes(".h.")).length).toBe(2);
    expect(live(await readAll(open(store, { now }))).length).toBe(11);
  });

  it("survives that the heir dies half-way", async () => {
    const store = new ScriptedStore();
    let time = 0;
    const now = (): number => time;
    const dead = open(store, { now });
    await dead.append(Array.from({ length: 1_000 }, (_, n) => put(`r-${n}`, n)));
    time += HOUR + 1;
    const heir = open(store, { now });
    await heir.append([put("own", time)]);
    // The store goes away for this heir after a few more writes.
    let writes = 0;
    store.affects = (_key, operation) => operation !== "get" && ++writes > 4;
    store.mode = "down";
    await readAll(heir);
    await settle(store);
    await heir.close();
    store.mode = "up";
    expect(live(await readAll(open(store, { now }))).length).toBe(1_001);
    time += HOUR + 1;
    const next = open(store, { now });
    await next.append([put("next", time)]);
    for (let n = 0; n < 3; n++) {
      await readAll(next);
      await settle(store);
    }
    expect(live(await readAll(open(store, { now }))).length).toBe(1_002);
    expect(logs(store).filter((key) => key.includes(".h.")).length).toBe(1);
  });
});
