import { describe, expect, it } from "vitest";
import { openConnection } from "../../src/store/connection.js";
import type { KeyvLike } from "../../src/store/keyv-like.js";
import { openPort } from "../../src/store/keyv-port.js";
import { KEYVS, ScriptedStore } from "./scripted-store.js";

/** An opener that counts, and fails as long as it is told to. */
function scripted() {
  const state = { opened: 0, closed: 0, fails: false, now: 0 };
  const open = (): KeyvLike => {
    if (state.fails) throw new Error("not there");
    state.opened++;
    return { disconnect: async () => void state.closed++ } as unknown as KeyvLike;
  };
  return { state, connection: openConnection(open, 1_000, () => state.now) };
}

describe("a connection", () => {
  it("opens once, for all that ask, and when it is first asked", async () => {
    const { state, connection } = scripted();
    expect(state.opened).toBe(0);
    const [one, two] = await Promise.all([connection.keyv(), connection.keyv()]);
    expect(one).toBe(two);
    expect(await connection.keyv()).toBe(one);
    expect(state.opened).toBe(1);
  });

  it("tries again what could not be opened, ever more slowly, and at once when there is a hurry", async () => {
    const { state, connection } = scripted();
    state.fails = true;
    const tried: number[] = [];
    for (; tried.length < 9; state.now += 100) {
      if ((await connection.keyv().catch((error: Error) => error.message)) === "not there")
        tried.push(state.now);
    }
    const pauses = tried.slice(1).map((at, index) => at - (tried[index] ?? 0));
    expect(pauses).toEqual([100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000]);
    state.fails = false;
    await expect(connection.keyv()).rejects.toThrow("the store is not open");
    connection.hurry();
    await connection.keyv();
    expect(state.opened).toBe(1);
  });

  it("gives up what fails three times in a row, and opens another", async () => {
    const { state, connection } = scripted();
    const first = await connection.keyv();
    for (const outcome of ["failed", "failed", "succeeded", "failed", "failed"] as const)
      connection.told(outcome);
    expect(await connection.keyv()).toBe(first);
    connection.told("failed");
    expect(await connection.keyv()).toBe(first);
    state.now += 5_000;
    expect(await connection.keyv()).not.toBe(first);
    expect(state).toMatchObject({ opened: 2, closed: 1 });
  });

  it("does not wait for ever for an opening that hangs, and closes what it brings too late", async () => {
    let bring: (keyv: KeyvLike) => void = () => undefined;
    let now = 0;
    let opened = 0;
    let closed = 0;
    const connection = openConnection(
      () => {
        if (opened++ > 0) return {} as KeyvLike;
        return new Promise((resolve) => {
          bring = resolve;
        });
      },
      1_000,
      () => now,
    );
    const late = connection.keyv();
    now = 2_000;
    await expect(connection.keyv()).rejects.toThrow("not open");
    now = 3_000;
    await connection.keyv();
    bring({ disconnect: async () => void closed++ } as unknown as KeyvLike);
    await expect(late).rejects.toThrow("too late");
    expect([opened, closed]).toEqual([2, 1]);
  });

  it("closes what it opened, and never what it was given", async () => {
    const { state, connection } = scripted();
    await connection.keyv();
    await connection.close();
    expect(state.closed).toBe(1);
    await expect(connection.keyv()).rejects.toThrow("closed");
    let disconnected = 0;
    const given = { disconnect: async () => void disconnected++ } as unknown as KeyvLike;
    await openConnection(given, 1_000, () => 0).close();
    expect(disconnected).toBe(0);
  });
});

for (const [version, wrap] of Object.entries(KEYVS)) {
  it(`a port to ${version} moves on to another Keyv when the one it has stays down`, async () => {
    const stores: ScriptedStore[] = [];
    let now = 0;
    const port = openPort(
      () => {
        const store = new ScriptedStore();
        stores.push(store);
        return wrap(store);
      },
      1_000,
      () => now,
    );
    expect(stores.length).toBe(0);
    expect(await port.read(["a"])).toEqual([{ gap: "absent" }]);
    for (const store of stores) store.mode = "down";
    for (let tries = 0; tries < 3; tries++) expect(await port.erase(["a"])).toBe("unreachable");
    now += 10_000;
    expect(await port.read(["a"])).toEqual([{ gap: "absent" }]);
    expect(stores.length).toBe(2);
    await port.release();
    expect(await port.read(["a"])).toEqual([{ gap: "unreachable" }]);
  });
}
