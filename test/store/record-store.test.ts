import { Keyv } from "keyv";
import { describe, expect, it } from "vitest";
import { seal } from "../../src/store/codec.js";
import {
  openRecordStore,
  type RecordStore,
  type RecordStoreOptions,
  type StoredEvent,
} from "../../src/store/index.js";
import { readAll } from "../../src/testing/read-all.js";
import { faultList, KEYVS, put, ScriptedStore, until } from "./scripted-store.js";

function open(store: object, options: Partial<RecordStoreOptions> = {}): RecordStore {
  return openRecordStore({
    keyv: new Keyv({ store }),
    namespace: "test",
    onFault: () => undefined,
    ...options,
  });
}

const live = (events: readonly StoredEvent[]): string[] =>
  events.flatMap(({ kind, id }) => (kind === "put" ? [id] : [])).sort();

describe("a record store whose store hangs", () => {
  it("lets append and close go after their deadlines and counts what was dropped", async () => {
    const store = new ScriptedStore();
    const { faults, onFault } = faultList();
    const records = open(store, { onFault, deadline: 5, closeDeadline: 5 });
    store.mode = "hang";
    await records.append([put("a", 1), put("b", 2)]);
    expect(faults).toEqual([{ code: "slow", operation: "write", count: 2 }]);
    await records.close();
    expect(faults.slice(1)).toEqual([{ code: "dropped", operation: "write", count: 2 }]);
    await records.append([put("c", 3)]);
    expect(faults.slice(2)).toEqual([{ code: "dropped", operation: "write", count: 1 }]);
    expect(await readAll(records)).toEqual([]);
  });

  it("makes one caller wait, and none after it until it has answered", async () => {
    const store = new ScriptedStore();
    const { faults, onFault } = faultList();
    const records = open(store, { onFault, deadline: 5 });
    store.mode = "hang";
    for (let n = 0; n < 20; n++) await records.append([put(`r-${n}`, n)]);
    expect(faults).toEqual([{ code: "slow", operation: "write", count: 1 }]);
    store.mode = "up";
    store.letGo();
    await records.flush();
    store.mode = "hang";
    await records.append([put("later", 100)]);
    expect(faults.slice(1)).toEqual([{ code: "slow", operation: "write", count: 1 }]);
    store.mode = "up";
    store.letGo();
    await records.close();
    expect((await readAll(open(store))).length).toBe(21);
  });

  it("is not called slow where nobody waits for it", async () => {
    const store = new ScriptedStore();
    const { faults, onFault } = faultList();
    const records = open(store, { onFault, deadline: 5 });
    store.mode = "hang";
    records.record([put("a", 1), put("b", 2)]);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(faults).toEqual([]);
    store.mode = "up";
    store.letGo();
    await records.close();
    expect((await readAll(open(store))).length).toBe(2);
  });

  it("closes only when all is written while the store makes progress", async () => {
    const store = new ScriptedStore();
    const { faults, onFault } = faultList();
    const records = open(store, { onFault, deadline: 1, closeDeadline: 100 });
    await records.append([put("a", 1)]);
    store.before = (_key, operation) =>
      operation === "set" ? new Promise((resolve) => setTimeout(resolve, 40)) : undefined;
    void records.append(Array.from({ length: 120 }, (_, n) => put(`r-${n}`, n)));
    await records.close();
    store.before = () => undefined;
    expect((await readAll(open(store))).length).toBe(121);
    expect(faults.map(({ code }) => code).filter((code) => code !== "slow")).toEqual([]);
  });

  it("reads nothing in time, and everything once the store answers", async () => {
    const store = new ScriptedStore();
    const writer = open(store);
    await writer.append([put("a", 1)]);
    const { codes, onFault } = faultList();
    const reader = open(store, { onFault, operationDeadline: 5 });
    store.mode = "hang";
    expect(await readAll(reader)).toEqual([]);
    expect(codes()).toEqual(["read timeout"]);
    store.mode = "up";
    store.letGo();
    expect(await readAll(reader)).toEqual([put("a", 1)]);
  });

  it("reads later what a hanging segment or body kept from it", async () => {
    for (const part of [".l.", ".r.a"]) {
      const store = new ScriptedStore();
      await open(store).append([put("a", 1), { kind: "agree", id: "a", at: 2 }]);
      const reader = open(store, { operationDeadline: 5 });
      store.mode = "hang";
      store.affects = (key) => key.includes(part);
      const first = await readAll(reader);
      store.mode = "up";
      const second = await readAll(reader);
      expect([...first, ...second].map(({ kind }) => kind).sort()).toEqual(["agree", "put"]);
      expect(await readAll(reader)).toEqual([]);
    }
  });

  it("loses nothing when a write that hung is done after later ones", async () => {
    for (const part of [".w.", ".r.", ".l.", ".h."]) {
      const store = new ScriptedStore();
      const writer = open(store, { operationDeadline: 5, deadline: 5 });
      await writer.append([put("a", 1)]);
      store.affects = (key, operation) => operation === "set" && key.includes(part);
      store.mode = "hang";
      await writer.append([put("b", 2)]);
      await writer.flush();
      store.mode = "up";
      await writer.flush();
      await writer.append([put("c", 3)]);
      await writer.flush();
      store.letGo();
      await readAll(writer);
      const ids = new Set((await readAll(open(store))).map(({ id }) => id));
      expect([...ids].sort(), part).toEqual(["a", "b", "c"]);
      expect(await readAll(writer)).toEqual([]);
    }
  });
});

for (const [version, wrap] of Object.entries(KEYVS)) {
  describe(`a record store on ${version} whose store is down`, () => {
    for (const mode of ["down", "mute"] as const) {
      it(`keeps what is appended and writes it when the store is back (${mode})`, async () => {
        const store = new ScriptedStore();
        store.mode = mode;
        const { codes, onFault } = faultList();
        const records = openRecordStore({ keyv: wrap(store), namespace: "test", onFault, deadline: 1 });
        expect(await readAll(records)).toEqual([]);
        await records.append([put("a", 1)]);
        await records.append([put("b", 2)]);
        await records.flush();
        expect(codes()).toEqual(["read unreachable", "write unreachable"]);
        store.mode = "up";
        await records.flush();
        expect(await readAll(openRecordStore({ keyv: wrap(store), namespace: "test", onFault }))).toEqual([
          put("a", 1),
          put("b", 2),
        ]);
      });
    }

    it("is not asked again with every append", async () => {
      const store = new ScriptedStore();
      store.mode = "down";
      const { faults, onFault } = faultList();
      const records = openRecordStore({ keyv: wrap(store), namespace: "test", onFault, deadline: 60_000 });
      for (let n = 0; n < 100; n++) {
        void records.append([put(`r-${n}`, n)]);
        await new Promise(setImmediate);
      }
      expect(faults.length).toBeLessThan(5);
      await records.close();
    });

    it("makes nobody wait, and is still tried again while it closes", async () => {
      const store = new ScriptedStore();
      const { codes, onFault } = faultList();
      const records = openRecordStore({ keyv: wrap(store), namespace: "test", onFault, deadline: 60_000 });
      store.mode = "down";
      for (let n = 0; n < 10; n++) await records.append([put(`r-${n}`, n)]);
      const closed = records.close();
      await until(() => store.calls > 5);
      store.mode = "up";
      await closed;
      expect(codes()).toEqual(["write unreachable"]);
      expect((await readAll(openRecordStore({ keyv: wrap(store), namespace: "test", onFault }))).length).toBe(
        10,
      );
    });

    it("writes by itself when the store is back", async () => {
      const store = new ScriptedStore();
      store.mode = "down";
      const records = openRecordStore({
        keyv: wrap(store),
        namespace: "test",
        onFault: () => undefined,
        deadline: 1,
      });
      await records.append([put("a", 1)]);
      store.mode = "up";
      await until(() => [...store.map.keys()].some((key) => key.includes(".h.")));
      expect(
        (await readAll(openRecordStore({ keyv: wrap(store), namespace: "test", onFault: () => undefined })))
          .length,
      ).toBe(1);
    });

    it("drops and counts the oldest when too much waits", async () => {
      const store = new ScriptedStore();
      store.mode = "down";
      const { faults, onFault } = faultList();
      const records = openRecordStore({
        keyv: wrap(store),
        namespace: "test",
        onFault,
        deadline: 1,
        maxWaiting: 10,
      });
      await records.append([put("first", 0)]);
      await records.flush();
      for (let n = 1; n <= 30; n++) void records.append([put(`r-${n}`, n)]);
      expect(faults.filter(({ code }) => code === "dropped").reduce((sum, { count }) => sum + count, 0)).toBe(
        20,
      );
      store.mode = "up";
      await records.flush();
      const found = await readAll(openRecordStore({ keyv: wrap(store), namespace: "test", onFault }));
      expect(found.map(({ at }) => at)).toEqual([0, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30]);
    });
  });
}

describe("a record store", () => {
  it("says which bodies it is about to write, and writes them before the log that names them, and that before the head", async () => {
    const store = new ScriptedStore();
    const order: string[] = [];
    store.before = (key, operation) => {
      if (operation === "set") order.push(/\.([rlhwib])\./.exec(key)?.[1] ?? "?");
    };
    await open(store).append([put("a", 1), put("b", 2)]);
    expect(order.join("")).toBe("wwbirrlh");
  });

  it("gathers what is appended during a write into one next write", async () => {
    const store = new ScriptedStore();
    const records = open(store);
    await Promise.all(
      Array.from({ length: 100 }, (_, n) => records.append([{ kind: "agree", id: "a", at: n }])),
    );
    const heads: number[] = [];
    store.before = (key, operation) => void (operation === "set" && key.includes(".h.") && heads.push(1));
    await Promise.all(
      Array.from({ length: 100 }, (_, n) => records.append([{ kind: "agree", id: "b", at: n }])),
    );
    expect(heads.length).toBeLessThanOrEqual(2);
    expect((await readAll(open(store))).length).toBe(200);
  });

  it("does not store a body beyond the limit, nor what is no JSON or no event", async () => {
    const { faults, onFault } = faultList();
    const store = new ScriptedStore();
    const records = open(store, { onFault, maxRecordBytes: 1_000 });
    const loop: Record<string, unknown> = {};
    loop.self = loop;
    await records.append([
      put("long", 1, "x".repeat(1_000)),
      put("loop", 2, loop),
      put("big", 3, 1n),
      put("../x", 4),
      put("ok", 5),
    ]);
    // biome-ignore format: one line
    await records.append([{ kind: "agree", id: "a", at: Number.NaN }, { kind: "agree", id: "a", at: 1, witness: "w".repeat(5_000) }]);
    expect(faults.map(({ code }) => code)).toEqual([
      "too-large",
      "damaged",
      "damaged",
      "damaged",
      "damaged",
      "too-large",
    ]);
    expect(await readAll(open(store))).toEqual([put("ok", 5)]);
  });

  it("refuses to read a body beyond its limit", async () => {
    const { codes, onFault } = faultList();
    const store = new ScriptedStore();
    await open(store).append([put("long", 1, "x".repeat(2_000)), put("ok", 2)]);
    expect(await readAll(open(store, { onFault, maxRecordBytes: 1_000 }))).toEqual([put("ok", 2)]);
    expect(codes()).toEqual(["read too-large"]);
  });

  it("counts a put whose body is gone, unless it was forgotten", async () => {
    const { faults, onFault } = faultList();
    const store = new ScriptedStore();
    await open(store).append([put("lost", 1), put("forgotten", 2)]);
    await open(store).append([{ kind: "forget", id: "forgotten", at: 3 }]);
    for (const key of store.map.keys()) if (key.endsWith(".r.lost")) store.map.delete(key);
    expect(await readAll(open(store, { onFault }))).toEqual([{ kind: "forget", id: "forgotten", at: 3 }]);
    expect(faults).toEqual([{ code: "missing", operation: "read", count: 1 }]);
  });

  it("takes a put without a body for one whose body is stored", async () => {
    const store = new ScriptedStore();
    const records = open(store);
    await records.append([put("a", 1, "body")]);
    await records.append([{ kind: "put", id: "a", at: 2 }]);
    expect(await readAll(open(store))).toEqual([put("a", 1, "body"), put("a", 2, "body")]);
  });

  it("does not erase what was put again after the forget", async () => {
    const store = new ScriptedStore();
    const records = open(store);
    await records.append([put("a", 5, "new")]);
    await records.append([{ kind: "forget", id: "a", at: 4 }]);
    await records.append([put("b", 1, "old"), { kind: "forget", id: "b", at: 2 }, put("b", 3, "new")]);
    expect((await readAll(open(store))).filter(({ kind }) => kind === "put")).toEqual([
      put("b", 3, "new"),
      put("a", 5, "new"),
    ]);
  });

  it("erases what was put in the very millisecond of the forget", async () => {
    const store = new ScriptedStore();
    const records = open(store);
    await records.append([put("a", 5, "secret"), { kind: "forget", id: "a", at: 5 }]);
    expect(JSON.stringify([...store.map])).not.toContain("secret");
    expect(await readAll(open(store))).toEqual([{ kind: "forget", id: "a", at: 5 }]);
  });

  it("does not erase what it puts again while an erasure waits", async () => {
    const store = new ScriptedStore();
    const [ada, bob] = [open(store), open(store)];
    await ada.append([put("a", 1, "old")]);
    await bob.append([{ kind: "forget", id: "a", at: 2 }]);
    let go: () => void = () => undefined;
    store.before = (key, operation) => {
      if (operation !== "set" || !key.endsWith(".r.slow")) return undefined;
      return new Promise((resolve) => {
        go = resolve;
      });
    };
    void ada.append([put("slow", 3)]);
    await readAll(ada);
    void ada.append([put("a", 4, "new")]);
    go();
    await ada.flush();
    expect((await readAll(open(store))).filter(({ id, kind }) => id === "a" && kind === "put")).toEqual([
      put("a", 4, "new"),
    ]);
  });

  it("erases a body that it wrote while another process forgot it", async () => {
    const store = new ScriptedStore();
    const [ada, bob] = [open(store), open(store)];
    await bob.append([{ kind: "forget", id: "a", at: 5 }]);
    await ada.append([put("a", 4, "secret")]);
    expect(JSON.stringify([...store.map])).toContain("secret");
    await readAll(ada);
    await ada.flush();
    expect(JSON.stringify([...store.map])).not.toContain("secret");
  });

  it("does not let wait what was erased meanwhile, by itself or by others", async () => {
    const store = new ScriptedStore();
    const [ada, bob] = [open(store, { deadline: 5 }), open(store)];
    await ada.append([put("first", 1)]);
    store.mode = "down";
    store.affects = (key, operation) => operation === "set" && key.includes(".r.");
    // The first of them is under way, and is not written when its turn comes again.
    await ada.append([put("busy", 2, "secret")]);
    await ada.append([put("a", 2, "secret"), put("b", 2, "secret"), put("c", 2)]);
    expect(ada.waiting()).toBe(3);
    ada.record([{ kind: "forget", id: "a", at: 3 }]);
    expect(ada.waiting()).toBe(3);
    await bob.append(["busy", "b"].map((id) => ({ kind: "forget", id, at: 3 })));
    await readAll(ada);
    expect(ada.waiting()).toBe(2);
    store.mode = "up";
    await ada.close();
    expect(live(await readAll(open(store)))).toEqual(["c", "first"]);
    expect(JSON.stringify([...store.map])).not.toContain("secret");
  });

  it("does not say what the logs hold where one of them cannot be read", async () => {
    const store = new ScriptedStore();
    const records = open(store);
    await records.append([put("a", 1), { kind: "agree", id: "s", at: 2, witness: "w" }]);
    expect(await records.held()).toEqual(
      new Map([
        ["put a", 1],
        ["agree s w", 2],
      ]),
    );
    store.mode = "down";
    for (const part of [".w.", ".h.", ".l."]) {
      store.affects = (key) => key.includes(part);
      expect([part, await records.held()]).toEqual([part, undefined]);
    }
  });

  it("survives a listener that throws", async () => {
    const records = open(new ScriptedStore(), {
      onFault: () => {
        throw new Error("listener");
      },
    });
    await records.append([put("../", 1), put("ok", 2)]);
    await records.close();
  });

  it("does not take the error of a later format's log or head for its own", async () => {
    for (const part of [".l.", ".h.", ".w."]) {
      const { codes, onFault } = faultList();
      const store = new ScriptedStore();
      await open(store).append([put("a", 1)]);
      for (const [key, value] of store.map)
        if (key.includes(part)) store.map.set(key, String(value).replace('"1.', '"2.'));
      const reader = open(store, { onFault });
      expect(await readAll(reader)).toEqual([]);
      expect(codes()).toEqual(["read unknown-version"]);
    }
  });

  it("reads a segment that its head names and that is not there once it appears, or counts it as missing", async () => {
    const store = new ScriptedStore();
    await open(store).append([put("a", 1)]);
    const [key, segment] = [...store.map].find(([name]) => name.includes(".l.")) ?? ["", ""];
    const { faults, onFault } = faultList();
    const [patient, other] = [open(store), open(store, { onFault })];
    store.map.delete(key);
    expect(await readAll(patient)).toEqual([]);
    for (let n = 0; n < 5; n++) expect(await readAll(other)).toEqual([]);
    expect(faults).toEqual([{ code: "missing", operation: "read", count: 1 }]);
    store.map.set(key, segment);
    expect(await readAll(patient)).toEqual([put("a", 1)]);
  });

  it("reads a store of the time before there were bells, intents and closed logs, and writes on in it", async () => {
    const store = new ScriptedStore();
    const events: StoredEvent[] = [
      put("a", 1),
      put("b", 2),
      { kind: "agree", id: "a", at: 3, witness: "w" },
      { kind: "forget", id: "b", at: 4 },
    ];
    const first = open(store);
    await first.append(events);
    for (const key of store.map.keys()) if (/\.[bi]\./.test(key)) store.map.delete(key);
    expect(new Set([...store.map.keys()].map((key) => /\.([a-z])\.[^.]*(?:\.\d+)?$/.exec(key)?.[1]))).toEqual(
      new Set(["w", "r", "l", "h"]),
    );
    const reader = open(store);
    expect(await readAll(reader)).toEqual(events.filter(({ id, kind }) => id !== "b" || kind === "forget"));
    const { faults, onFault } = faultList();
    const second = open(store, { onFault });
    await readAll(second);
    await second.append([put("c", 5)]);
    expect(await readAll(reader)).toEqual([put("c", 5)]);
    expect((await readAll(open(store, { onFault }))).length).toBe(4);
    expect(faults).toEqual([]);
  });

  it("believes no head that claims more segments than there can be", async () => {
    const store = new ScriptedStore();
    const records = open(store);
    await records.append([put("a", 1)]);
    const [key = ""] = [...store.map.keys()].filter((name) => name.includes(".h."));
    const sealed = seal(key.slice(key.indexOf("reprise")), "[0,5000000,9,1]");
    store.map.set(key, JSON.stringify({ value: sealed }));
    const { codes, onFault } = faultList();
    const before = store.calls;
    expect(await readAll(open(store, { onFault }))).toEqual([]);
    expect(codes()).toEqual(["read damaged"]);
    expect(store.calls - before).toBeLessThan(200);
  });

  it.each(["head", "bell"])(
    "hears with the next read of a writer that it saw when only its %s was missing",
    async (last) => {
      const kept = new Map<string, string>();
      const pause: { at?: string; read?: () => Promise<unknown> } = {};
      const store = () => ({
        get: async (key: string) => kept.get(key),
        getMany: async (keys: string[]) => keys.map((key) => kept.get(key)),
        async set(key: string, value: string) {
          if (pause.at !== undefined && key.includes(pause.at)) {
            pause.at = undefined as never;
            await pause.read?.();
          }
          kept.set(key, value);
        },
        delete: async (key: string) => kept.delete(key),
        on: () => undefined,
      });
      const opened = () => openRecordStore({ keyv: store(), namespace: "test", onFault: () => undefined });
      const reader = opened();
      await opened().append([put("first", 1)]);
      const read: StoredEvent[] = [];
      const take = (page: readonly StoredEvent[]): unknown => read.push(...page);
      await reader.read(take);
      // It reads while another begins to write: registered, and its log not there yet.
      Object.assign(pause, { at: last === "head" ? ".h." : ".b.", read: () => reader.read(take) });
      await opened().append([put("second", 2)]);
      await reader.read(take);
      expect(read.map(({ id }) => id)).toEqual(["first", "second"]);
    },
  );

  it("gives nothing twice when an old head comes back for a while", async () => {
    const store = new ScriptedStore();
    const records = open(store);
    await records.append([put("a", 1)]);
    const [key, old] = [...store.map].find(([name]) => name.includes(".h.")) ?? ["", ""];
    await records.append(
      Array.from({ length: 600 }, (_, n): StoredEvent => ({ kind: "agree", id: "a", at: n })),
    );
    await records.flush();
    const latest = store.map.get(key);
    const reader = open(store);
    expect((await readAll(reader)).length).toBe(601);
    store.map.set(key, old);
    expect(await readAll(reader)).toEqual([]);
    store.map.set(key, latest);
    expect(await readAll(reader)).toEqual([]);
  });

  it("gives what a read had no time for with the next one", async () => {
    const store = new ScriptedStore();
    const writer = open(store);
    await writer.append(Array.from({ length: 500 }, (_, n) => put(`r-${n}`, n)));
    await writer.flush();
    const reader = open(store, { readDeadline: 0 });
    expect(await readAll(reader)).toEqual([]);
    store.before = (key) =>
      key.endsWith(".r.r-10") ? new Promise((resolve) => setTimeout(resolve, 60)) : undefined;
    const patient = open(store, { readDeadline: 50 });
    const first = await readAll(patient);
    // Three pages were asked for before the time was over.
    expect(first.length).toBe(300);
    const second = await readAll(patient);
    expect(first.length + second.length).toBe(500);
  });

  it("gives first everything but puts, then the puts of all writers in pages, oldest first", async () => {
    const store = new ScriptedStore();
    const [ada, bob] = [open(store), open(store)];
    await ada.append(Array.from({ length: 300 }, (_, n) => put(`a-${n}`, 2 * n + 1)));
    await bob.append(Array.from({ length: 300 }, (_, n) => put(`b-${n}`, 2 * n)));
    await bob.append([{ kind: "agree", id: "a-1", at: 9_000, witness: "w" }]);
    await Promise.all([ada.flush(), bob.flush()]);
    const pages: StoredEvent[][] = [];
    await open(store).read((page) => pages.push([...page]));
    expect(pages[0]).toEqual([{ kind: "agree", id: "a-1", at: 9_000, witness: "w" }]);
    expect(pages.slice(1).map(({ length }) => length)).toEqual([100, 100, 100, 100, 100, 100]);
    expect(pages.slice(1).flatMap((page) => page.map(({ at }) => at))).toEqual(
      Array.from({ length: 600 }, (_, at) => at),
    );
  });

  it("reads on after a page could not be taken in, and no further once it is closed", async () => {
    const store = new ScriptedStore();
    const writer = open(store);
    await writer.append(Array.from({ length: 500 }, (_, n) => put(`r-${n}`, n)));
    await writer.flush();
    const reader = open(store);
    const wrong = new Error("not taken in");
    await expect(
      reader.read(() => {
        throw wrong;
      }),
    ).rejects.toBe(wrong);
    await writer.append([put("later", 1_000)]);
    await writer.flush();
    expect((await readAll(reader)).map(({ id }) => id)).toContain("later");

    let given = 0;
    const leaving = open(store);
    await leaving.read((page) => {
      given += page.length;
      void leaving.close();
    });
    expect(given).toBe(100);
  });
});
