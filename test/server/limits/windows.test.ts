/** Counts by the minute on each kind of store, and what happens when one goes away. */
import { createServer, type Server, type Socket } from "node:net";
// @ts-expect-error: it has no types of its own.
import pg from "pg";
import { afterAll, describe, expect, it, onTestFinished } from "vitest";
import { openWindows, type Windows } from "../../../server/limits/windows.js";
import { POSTGRES, REDIS, runsWith } from "../../support/services.js";

const database = `reprise_limits_${process.pid}_${Date.now()}`;
const hasPostgres = await runsWith(POSTGRES);
const run = async (sql: string): Promise<void> => {
  const client = new pg.Client(POSTGRES.url);
  await client.connect();
  await client.query(sql);
  await client.end();
};
if (hasPostgres) await run(`CREATE DATABASE ${database}`);
afterAll(async () => {
  if (hasPostgres) await run(`DROP DATABASE ${database} WITH (FORCE)`);
});

const STORES = [
  { name: "memory", store: "memory", isThere: true, isShared: false },
  { name: "Redis", store: REDIS.url, isThere: await runsWith(REDIS), isShared: true },
  {
    name: "PostgreSQL",
    store: POSTGRES.url.replace(/postgres$/, database),
    isThere: hasPostgres,
    isShared: true,
  },
];

function opened(store: string, timeout = 5_000): Windows & { readonly faults: unknown[] } {
  const faults: unknown[] = [];
  const windows = openWindows({ store, timeout, onFault: (error) => faults.push(error) });
  onTestFinished(() => windows.close());
  return { ...windows, faults };
}

let round = 0;
const fresh = (): string => `test-${process.pid}-${Date.now()}-${round++}`;

describe.each(STORES)("$name (skipped when nobody listens there)", ({ store, isThere, isShared }) => {
  it.skipIf(!isThere)("counts by name in a minute, all at once, and by every process", async () => {
    const [one, two] = [opened(store), opened(store)];
    const [name, other] = [fresh(), fresh()];
    expect(await one.add(name, 0)).toMatchObject({ count: 0 });
    const counts = await Promise.all(Array.from({ length: 20 }, () => one.add(name, 1)));
    expect(counts.map(({ count }) => count).sort((left, right) => left - right)).toEqual(
      Array.from({ length: 20 }, (_, index) => index + 1),
    );
    const { count, left } = await two.add(name, 100);
    expect(count).toBe(isShared ? 120 : 100);
    expect(left).toBeGreaterThan(30_000);
    expect(left).toBeLessThanOrEqual(60_000);
    expect((await one.add(other, 7)).count).toBe(7);
    expect((await one.add(name, 0)).count).toBe(isShared ? 120 : 20);
    expect([...one.faults, ...two.faults]).toEqual([]);
  });
});

/** A port that passes everything on to a service, and can be shut. */
async function door(to: { readonly host: string; readonly port: number }) {
  const sockets = new Set<Socket>();
  const { connect } = await import("node:net");
  let isOpen = true;
  let isDeaf = false;
  const server: Server = createServer((client) => {
    if (!isOpen) return client.destroy();
    const service = connect(to);
    for (const socket of [client, service]) {
      sockets.add(socket);
      socket.on("error", () => undefined).on("close", () => sockets.delete(socket));
    }
    client.on("data", (bytes) => {
      if (!isDeaf) service.write(bytes);
    });
    service.on("data", (bytes) => client.write(bytes));
    client.on("close", () => service.destroy());
    service.on("close", () => client.destroy());
    return undefined;
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const shut = (): void => {
    isOpen = false;
    for (const socket of sockets) socket.destroy();
  };
  onTestFinished(() => {
    shut();
    server.close();
  });
  return {
    port: (server.address() as { readonly port: number }).port,
    shut,
    open: () => {
      isOpen = true;
      isDeaf = false;
    },
    /** Nothing that is said gets through any more, and nothing is answered. */
    deafen: () => {
      isDeaf = true;
    },
  };
}

describe.each(STORES.slice(1))("$name, when it goes away", ({ name, store, isThere }) => {
  const service = name === "Redis" ? REDIS : POSTGRES;
  const through = (port: number): string => store.replace(/:\d+(?=\/|$)/, `:${port}`);

  /** Until what is counted here is counted in the store: a fresh window there is another process's. */
  async function counts(windows: Windows, name: string): Promise<void> {
    const other = opened(store);
    await expect
      .poll(
        async () => {
          await windows.add(name, 1);
          return (await other.add(name, 0)).count;
        },
        { timeout: 15_000, interval: 200 },
      )
      .toBeGreaterThan(0);
  }

  it.skipIf(!isThere).each(["is shut", "is silent"])(
    "and %s: memory counts, and the store again once it is back",
    async (how) => {
      const way = await door(service);
      const windows = opened(through(way.port), 300);
      const name = fresh();
      // Connecting may take longer than a count may.
      await counts(windows, name);
      if (how === "is shut") way.shut();
      else way.deafen();
      const lost = fresh();
      for (let count = 1; count <= 3; count++) expect((await windows.add(lost, 1)).count).toBe(count);
      expect(windows.faults.length).toBeGreaterThan(0);
      expect((await opened(store).add(lost, 0)).count).toBe(0);
      way.open();
      await expect
        .poll(
          async () => {
            await windows.add(lost, 1);
            return (await opened(store).add(lost, 0)).count;
          },
          { timeout: 15_000, interval: 200 },
        )
        .toBeGreaterThan(0);
    },
  );

  it.skipIf(!isThere)(
    "nobody there from the start: memory counts, and the store is tried again",
    async () => {
      const way = await door(service);
      way.shut();
      const windows = opened(through(way.port), 500);
      const name = fresh();
      for (let count = 1; count <= 3; count++) expect((await windows.add(name, 1)).count).toBe(count);
      expect(windows.faults.length).toBeGreaterThan(0);
      way.open();
      await expect
        .poll(
          async () => {
            await windows.add(name, 1);
            return (await opened(store).add(name, 0)).count;
          },
          { timeout: 15_000, interval: 200 },
        )
        .toBeGreaterThan(0);
    },
  );
});

it("an address that is no store of counts is refused", () => {
  for (const store of ["sqlite://a.sqlite", "redis:", "postgres", "http://127.0.0.1", ""])
    expect(() => openWindows({ store, timeout: 1, onFault: () => undefined })).toThrow(RangeError);
});
