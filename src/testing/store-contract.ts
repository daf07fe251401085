/** Decides what reprise needs of a Keyv store, as a suite that any store's author can run. */
import {
  type KeyvLike,
  openRecordStore,
  type RecordStore,
  type StoredEvent,
  type StoreFault,
} from "../store/index.js";
import { readAll } from "./read-all.js";

/** The test functions of Vitest, Jest or anything like them. */
export interface TestApi {
  describe(name: string, suite: () => void): unknown;
  it(name: string, test: () => Promise<void>): unknown;
  expect(actual: unknown): { toEqual(expected: unknown): unknown };
}

/**
 * Gives a Keyv, 5.6 or 6, on the store under test. Called several times in a test: each call must give
 * another Keyv on the same store, as another process would have. Called for nothing else, so the caller
 * disconnects them.
 */
export type MakeKeyv = () => KeyvLike | Promise<KeyvLike>;

/**
 * Registers the suite. It uses namespaces of its own and deletes what it wrote; it never clears the store.
 */
export function storeContract(name: string, makeKeyv: MakeKeyv, api: TestApi): void {
  const { describe, it, expect } = api;

  /** A test with its own namespace, cleaned up after it. */
  function check(title: string, test: (bench: Bench) => Promise<void>): void {
    it(title, async () => {
      const bench = openBench(makeKeyv);
      try {
        await test(bench);
      } finally {
        await bench.clean();
      }
    });
  }

  describe(`${name} as a store for reprise`, () => {
    check("gives back, after a restart, every event and body that was recorded", async ({ open }) => {
      const events = Array.from(
        { length: 300 },
        (_, n): StoredEvent => put(`r-${n}`, n, { n, text: `body ${n}` }),
      );
      const evidence: StoredEvent[] = [
        { kind: "agree", id: "r-1", at: 1_000, witness: "w1" },
        { kind: "contradict", id: "r-2", at: 1_001 },
      ];
      const first = await open();
      for (const event of events.slice(0, 5)) await first.append([event]);
      await first.append(events.slice(5));
      await first.append(evidence);
      await first.flush();
      await first.close();
      expect(await readAll(await open())).toEqual([...events, ...evidence]);
    });

    for (const [what, body] of bodies()) {
      check(`keeps ${what} as it is`, async ({ open, faults }) => {
        const store = await open();
        await store.append([put("r", 1, body)]);
        await store.flush();
        expect(await readAll(await open())).toEqual([put("r", 1, body)]);
        expect(faults()).toEqual([]);
      });
    }

    check("gives a reader only what is new to it, and nothing of its own", async ({ open }) => {
      const [ada, bob] = [await open(), await open()];
      await ada.append([put("a-1", 1, "one")]);
      await ada.flush();
      expect(await readAll(bob)).toEqual([put("a-1", 1, "one")]);
      await bob.append([put("b-1", 2, "two")]);
      await bob.flush();
      expect(await readAll(bob)).toEqual([]);
      expect(await readAll(ada)).toEqual([put("b-1", 2, "two")]);
      await ada.append([put("a-2", 3, "three")]);
      await ada.flush();
      expect(await readAll(bob)).toEqual([put("a-2", 3, "three")]);
      expect(await readAll(bob)).toEqual([]);
    });

    check("loses nothing of several writers that write at once", async ({ open }) => {
      const writers = await Promise.all(Array.from({ length: 4 }, open));
      const expected: string[] = [];
      await Promise.all(
        writers.map(async (writer, w) => {
          for (let n = 0; n < 20; n++) {
            const id = n % 5 === 0 ? `shared-${n}` : `own-${w}-${n}`;
            expected.push(id);
            await writer.append([put(id, n, { id })]);
          }
          await writer.flush();
        }),
      );
      // A writer whose registration was overwritten puts it back when it reads; reprise reads all the time.
      for (const writer of writers) await readAll(writer);
      const found = await readAll(await open());
      expect(found.map(({ id }) => id).sort()).toEqual(expected.sort());
      expect(found.every(({ id, body }) => (body as { id: string }).id === id)).toEqual(true);
    });

    check("keeps namespaces apart", async ({ open }) => {
      const names = ["", "acme", "acme:", "ACME", "acme.r", "\ud800", "\ud801", "%", "*"];
      for (const inner of names) {
        const store = await open(inner);
        await store.append([put("same-id", 1, { inner: JSON.stringify(inner) })]);
        await store.flush();
      }
      for (const inner of names) {
        expect(await readAll(await open(inner))).toEqual([
          put("same-id", 1, { inner: JSON.stringify(inner) }),
        ]);
      }
    });

    check(
      "erases the body of a forgotten record, and takes it again when it is put later",
      async ({ open, keys, keyv, faults }) => {
        const store = await open();
        await store.append([put("kept", 1, "kept"), put("gone", 2, "secret")]);
        await store.flush();
        await store.append([{ kind: "forget", id: "gone", at: 3 }]);
        await store.flush();
        const values = await Promise.all(keys().map((key) => keyv().then((it) => it.get(key))));
        expect(values.filter((value) => String(value).includes("secret"))).toEqual([]);
        expect(await readAll(await open())).toEqual([
          put("kept", 1, "kept"),
          { kind: "forget", id: "gone", at: 3 },
        ]);
        await store.append([put("gone", 4, "again")]);
        await store.flush();
        expect((await readAll(await open())).filter(({ kind }) => kind === "put")).toEqual([
          put("kept", 1, "kept"),
          put("gone", 4, "again"),
        ]);
        expect(faults()).toEqual([]);
      },
    );

    for (const [what, damage] of damages()) {
      check(
        `reads a record that is ${what} as absent, and the others as before`,
        async ({ open, keys, keyv, faults }) => {
          const store = await open();
          await store.append([put("good", 1, "good body"), put("bad", 2, "bad body")]);
          await store.flush();
          const bad = keys().find((key) => key.endsWith(".r.bad")) ?? "";
          const it = await keyv();
          const value = await it.get(bad);
          const other = await it.get(keys().find((key) => key.endsWith(".r.good")) ?? "");
          await it.set(bad, damage(String(value), String(other)));
          expect(await readAll(await open())).toEqual([put("good", 1, "good body")]);
          expect(faults().map(({ operation, count }) => ({ operation, count }))).toEqual([
            { operation: "read", count: 1 },
          ]);
        },
      );
    }

    check("survives nonsense at every key it uses", async ({ open, keys, keyv }) => {
      const store = await open();
      await store.append([put("lost", 1, "lost")]);
      await store.flush();
      const it = await keyv();
      for (const key of keys()) await it.set(key, "nonsense");
      const next = await open();
      expect(await readAll(next)).toEqual([]);
      await next.append([put("new", 2, "new")]);
      await next.flush();
      expect(await readAll(await open())).toEqual([put("new", 2, "new")]);
    });

    check("leaves keys of others alone", async ({ open, keyv }) => {
      const it = await keyv();
      const key = `someone-else-${Math.random()}`;
      await it.set(key, "theirs");
      const store = await open();
      await store.append([put("r", 1, "body"), { kind: "forget", id: "r", at: 2 }]);
      await store.flush();
      const theirs = await it.get(key);
      await it.delete(key);
      expect(theirs).toEqual("theirs");
    });
  });
}

interface Bench {
  /** Opens a store in the test's namespace, or in a part of it. */
  readonly open: (inner?: unknown) => Promise<RecordStore>;
  /** Another Keyv on the same store. */
  readonly keyv: () => Promise<KeyvLike>;
  /** The keys written so far. */
  readonly keys: () => string[];
  readonly faults: () => StoreFault[];
  readonly clean: () => Promise<void>;
}

function openBench(makeKeyv: MakeKeyv): Bench {
  const namespace = `contract ${Date.now()} ${Math.random()}`;
  const faults: StoreFault[] = [];
  const stores: RecordStore[] = [];
  const written = new Set<string>();
  let plain: Promise<KeyvLike> | undefined;
  const keyv = (): Promise<KeyvLike> => {
    plain ??= Promise.resolve(makeKeyv());
    return plain;
  };
  return {
    async open(inner) {
      const store = openRecordStore({
        keyv: recording(await makeKeyv(), written),
        namespace: typeof inner === "string" ? `${namespace}${inner}` : namespace,
        // How fast the store is, is not the question here.
        onFault: (fault) => void (fault.code === "slow" ? undefined : faults.push(fault)),
      });
      stores.push(store);
      return store;
    },
    keyv,
    keys: () => [...written],
    faults: () => faults,
    async clean() {
      await Promise.all(stores.map((store) => store.close()));
      const it = await keyv();
      for (const key of written) await it.delete(key);
    },
  };
}

/** A Keyv that notes the keys written through it. */
function recording(keyv: KeyvLike, written: Set<string>): KeyvLike {
  return new Proxy(keyv, {
    get(target, property) {
      const value = Reflect.get(target, property, target) as unknown;
      if (typeof value !== "function") return value;
      return (...given: unknown[]) => {
        if (property === "set") written.add(given[0] as string);
        if (property === "setMany") for (const { key } of given[0] as { key: string }[]) written.add(key);
        return Reflect.apply(value, target, given) as unknown;
      };
    },
  });
}

function put(id: string, at: number, body: unknown): StoredEvent {
  return { kind: "put", id, at, body };
}

function bodies(): [string, unknown][] {
  return [
    [
      "text of every kind",
      [
        "",
        "äöü 漢字 🎼",
        "\u0000\u0001\u007f",
        "\ud800 lone \udc00",
        "\u2028\u2029\ufeff",
        ':base64:x"\\\n',
        "%_'--;",
      ],
    ],
    ["a key named __proto__", JSON.parse('{"__proto__":{"x":1},"constructor":"y"}')],
    ["null, booleans and numbers", [null, true, false, 0, -1.5, 1e300]],
    ["a body of nearly 256 KiB", "é".repeat(130_000)],
  ];
}

function damages(): [string, (value: string, other: string) => string][] {
  return [
    ["cut short", (value) => value.slice(0, -3)],
    ["empty", () => ""],
    ["changed by one character", (value) => value.replace("bad", "bae")],
    ["of a later format", (value) => `9${value.slice(value.indexOf("."))}`],
    ["someone else's", () => '{"hello":"world"}'],
    ["another record", (_value, other) => other],
  ];
}
