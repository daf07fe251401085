import { Keyv } from "keyv";
import { describe, expect, it } from "vitest";
import { openRecordStore, type RecordStore, type RecordStoreOptions, type StoredEvent } from "../../src/store/index.js";
import { faultList, KEYVS, put, ScriptedStore, until } from "./scripted-store.js";

function open(store: object, options: Partial<RecordStoreOptions> = {}): RecordStore {
  return openRecordStore({ keyv: new Keyv({ store }), namespace: "test", onFault: () => undefined, ...options });
}

describe("a record store whose store hangs", () => {
  it("lets append and close go after their deadlines and counts what was dropped", async () => {
    const store = new ScriptedStore();
    const { faults, onFault } = faultList();
    const records = open(store, { onFault, deadline: 5, closeDeadline: 5 });
    store.mode = "hang";
    await records.append([put("a", 1), put("b", 2)]);
    expect(faults).toEqual([{ code: "timeout", operation: "write", count: 2 }]);
    await records.close();
    expect(faults.slice(1)).toEqual([{ code: "dropped", operation: "write", count: 2 }]);
    await records.append([put("c", 3)]);
    expect(faults.slice(2)).toEqual([{ code: "dropped", operation: "write", count: 1 }]);
    expect(await records.read()).toEqual([]);
  });

  it("closes only when all is written while the store makes progress", async () => {
    const store = new ScriptedStore();
    const { faults, onFault } = faultList();
    const records = open(store, { onFault, deadline: 1, closeDeadline: 100 });
    await records.append([put("a", 1)]);
    store.before = (_key, operation) => (operation === "set" ? new Promise((resolve) => setTimeout(resolve, 40)) : undefined);
    void records.append(Array.from({ length: 120 }, (_, n) => put(`r-${n}`, n)));
    await records.close();
    store.before = () => undefined;
    expect((await open(store).read()).length).toBe(121);
    expect(faults.map(({ code }) => code).filter((code) => code !== "timeout")).toEqual([]);
  });

  it("reads nothing in time, and everything once the store answers", async () => {
    const store = new ScriptedStore();
    const writer = open(store);
    await writer.append([put("a", 1)]);
    const { codes, onFault } = faultList();
    const reader = open(store, { onFault, operationDeadline: 5 });
    store.mode = "hang";
    expect(await reader.read()).toEqual([]);
    expect(codes()).toEqual(["read timeout"]);
    store.mode = "up";
    store.letGo();
    expect(await reader.read()).toEqual([put("a", 1)]);
  });

  it("reads later what a hanging segment or body kept from it", async () => {
    for (const part of [".l.", ".r.a"]) {
      const store = new ScriptedStore();
      await open(store).append([put("a", 1), { kind: "agree", id: "a", at: 2 }]);
      const reader = open(store, { operationDeadline: 5 });
      store.mode = "hang";
      store.affects = (key) => key.includes(part);
      const first = await reader.read();
      store.mode = "up";
      const second = await reader.read();
      expect([...first, ...second].map(({ kind }) => kind).sort()).toEqual(["agree", "put"]);
      expect(await reader.read()).toEqual([]);
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
      await writer.read();
      const ids = new Set((await open(store).read()).map(({ id }) => id));
      expect([...ids].sort(), part).toEqual(["a", "b", "c"]);
      expect(await writer.read()).toEqual([]);
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
        expect(await records.read()).toEqual([]);
        await records.append([put("a", 1)]);
        await records.append([put("b", 2)]);
        await records.flush();
        expect(codes()).toEqual(["read unreachable", "write timeout", "write unreachable"]);
        store.mode = "up";
        await records.flush();
        expect(await openRecordStore({ keyv: wrap(store), namespace: "test", onFault }).read()).toEqual([put("a", 1), put("b", 2)]);
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

    it("writes by itself when the store is back", async () => {
      const store = new ScriptedStore();
      store.mode = "down";
      const records = openRecordStore({ keyv: wrap(store), namespace: "test", onFault: () => undefined, deadline: 1 });
      await records.append([put("a", 1)]);
      store.mode = "up";
      await until(() => [...store.map.keys()].some((key) => key.includes(".h.")));
      expect((await openRecordStore({ keyv: wrap(store), namespace: "test", onFault: () => undefined }).read()).length).toBe(1);
    });

    it("drops and counts the oldest when too much waits", async () => {
      const store = new ScriptedStore();
      store.mode = "down";
      const { faults, onFault } = faultList();
      const records = openRecordStore({ keyv: wrap(store), namespace: "test", onFault, deadline: 1, maxWaiting: 10 });
      await records.append([put("first", 0)]);
      await records.flush();
      for (let n = 1; n <= 30; n++) void records.append([put(`r-${n}`, n)]);
      expect(faults.filter(({ code }) => code === "dropped").reduce((sum, { count }) => sum + count, 0)).toBe(20);
      store.mode = "up";
      await records.flush();
      const found = await openRecordStore({ keyv: wrap(store), namespace: "test", onFault }).read();
      expect(found.map(({ at }) => at)).toEqual([0, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30]);
    });
  });
}

describe("a record store", () => {
  it("writes bodies before the log that names them, and the log before the head", async () => {
    const store = new ScriptedStore();
    const order: string[] = [];
    store.before = (key, operation) => {
      if (operation === "set") order.push(/\.([rlhw])\./.exec(key)?.[1] ?? "?");
    };
    await open(store).append([put("a", 1), put("b", 2)]);
    expect(order.join("")).toBe("wrrlh");
  });

  it("gathers what is appended during a write into one next write", async () => {
    const store = new ScriptedStore();
    const records = open(store);
    await Promise.all(Array.from({ length: 100 }, (_, n) => records.append([{ kind: "agree", id: "a", at: n }])));
    const heads: number[] = [];
    store.before = (key, operation) => void (operation === "set" && key.includes(".h.") && heads.push(1));
    await Promise.all(Array.from({ length: 100 }, (_, n) => records.append([{ kind: "agree", id: "b", at: n }])));
    expect(heads.length).toBeLessThanOrEqual(2);
    expect((await open(store).read()).length).toBe(200);
  });

  it("does not store a body beyond the limit, nor what is no JSON or no event", async () => {
    const { faults, onFault } = faultList();
    const store = new ScriptedStore();
    const records = open(store, { onFault, maxRecordBytes: 1_000 });
    const loop: Record<string, unknown> = {};
    loop.self = loop;
    await records.append([put("long", 1, "x".repeat(1_000)), put("loop", 2, loop), put("big", 3, 1n), put("../x", 4), put("ok", 5)]);
    await records.append([{ kind: "agree", id: "a", at: Number.NaN }, { kind: "agree", id: "a", at: 1, witness: "w".repeat(5_000) }]); // biome-ignore format: one line
    expect(faults.map(({ code }) => code)).toEqual(["too-large", "damaged", "damaged", "damaged", "damaged", "too-large"]);
    expect(await open(store).read()).toEqual([put("ok", 5)]);
  });

  it("refuses to read a body beyond its limit", async () => {
    const { codes, onFault } = faultList();
    const store = new ScriptedStore();
    await open(store).append([put("long", 1, "x".repeat(2_000)), put("ok", 2)]);
    expect(await open(store, { onFault, maxRecordBytes: 1_000 }).read()).toEqual([put("ok", 2)]);
    expect(codes()).toEqual(["read too-large"]);
  });

  it("counts a put whose body is gone, unless it was forgotten", async () => {
    const { faults, onFault } = faultList();
    const store = new ScriptedStore();
    await open(store).append([put("lost", 1), put("forgotten", 2)]);
    await open(store).append([{ kind: "forget", id: "forgotten", at: 3 }]);
    for (const key of store.map.keys()) if (key.endsWith(".r.lost")) store.map.delete(key);
    expect(await open(store, { onFault }).read()).toEqual([{ kind: "forget", id: "forgotten", at: 3 }]);
    expect(faults).toEqual([{ code: "missing", operation: "read", count: 1 }]);
  });

  it("takes a put without a body for one whose body is stored", async () => {
    const store = new ScriptedStore();
    const records = open(store);
    await records.append([put("a", 1, "body")]);
    await records.append([{ kind: "put", id: "a", at: 2 }]);
    expect(await open(store).read()).toEqual([put("a", 1, "body"), put("a", 2, "body")]);
  });

  it("does not erase what was put again after the forget", async () => {
    const store = new ScriptedStore();
    const records = open(store);
    await records.append([put("a", 5, "new")]);
    await records.append([{ kind: "forget", id: "a", at: 4 }]);
    await records.append([put("b", 1, "old"), { kind: "forget", id: "b", at: 2 }, put("b", 3, "new")]);
    expect((await open(store).read()).filter(({ kind }) => kind === "put")).toEqual([put("a", 5, "new"), put("b", 3, "new")]);
  });

  it("erases what was put in the very millisecond of the forget", async () => {
    const store = new ScriptedStore();
    const records = open(store);
    await records.append([put("a", 5, "secret"), { kind: "forget", id: "a", at: 5 }]);
    expect(JSON.stringify([...store.map])).not.toContain("secret");
    expect(await open(store).read()).toEqual([{ kind: "forget", id: "a", at: 5 }]);
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
    await ada.read();
    void ada.append([put("a", 4, "new")]);
    go();
    await ada.flush();
    expect((await open(store).read()).filter(({ id, kind }) => id === "a" && kind === "put")).toEqual([put("a", 4, "new")]);
  });

  it("erases a body that it wrote while another process forgot it", async () => {
    const store = new ScriptedStore();
    const [ada, bob] = [open(store), open(store)];
    await bob.append([{ kind: "forget", id: "a", at: 5 }]);
    await ada.append([put("a", 4, "secret")]);
    expect(JSON.stringify([...store.map])).toContain("secret");
    await ada.read();
    await ada.flush();
    expect(JSON.stringify([...store.map])).not.toContain("secret");
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
      for (const [key, value] of store.map) if (key.includes(part)) store.map.set(key, String(value).replace('"1.', '"2.'));
      const reader = open(store, { onFault });
      expect(await reader.read()).toEqual([]);
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
    expect(await patient.read()).toEqual([]);
    for (let n = 0; n < 5; n++) expect(await other.read()).toEqual([]);
    expect(faults).toEqual([{ code: "missing", operation: "read", count: 1 }]);
    store.map.set(key, segment);
    expect(await patient.read()).toEqual([put("a", 1)]);
  });

  it("gives nothing twice when an old head comes back for a while", async () => {
    const store = new ScriptedStore();
    const records = open(store);
    await records.append([put("a", 1)]);
    const [key, old] = [...store.map].find(([name]) => name.includes(".h.")) ?? ["", ""];
    await records.append(Array.from({ length: 600 }, (_, n): StoredEvent => ({ kind: "agree", id: "a", at: n })));
    await records.flush();
    const latest = store.map.get(key);
    const reader = open(store);
    expect((await reader.read()).length).toBe(601);
    store.map.set(key, old);
    expect(await reader.read()).toEqual([]);
    store.map.set(key, latest);
    expect(await reader.read()).toEqual([]);
  });

  it("gives what a read had no time for with the next one", async () => {
    const store = new ScriptedStore();
    const writer = open(store);
    await writer.append(Array.from({ length: 500 }, (_, n) => put(`r-${n}`, n)));
    await writer.flush();
    const reader = open(store, { readDeadline: 0 });
    expect(await reader.read()).toEqual([]);
    store.before = (key) => (key.endsWith(".r.r-10") ? new Promise((resolve) => setTimeout(resolve, 60)) : undefined);
    const patient = open(store, { readDeadline: 50 });
    const first = await patient.read();
    expect(first.length).toBe(200);
    const second = await patient.read();
    expect(first.length + second.length).toBe(500);
  });
});
