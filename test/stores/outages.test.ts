import { type ChildProcessByStdio, spawn } from "node:child_process";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { createCache, type StoreSource } from "../../src/index.js";
import { postgres, redis, sqlite } from "../../src/stores/index.js";
import { program } from "../support/build.js";
import { ask, short } from "../support/cache.js";
import { type OwnServer, ownPostgres, ownRedis } from "../support/own-services.js";

const CHILD = program(new URL("agent-child.mjs", import.meta.url));
afterAll(() => CHILD.remove());

/** An agent in a process of its own. */
class Agent {
  private readonly child: ChildProcessByStdio<Writable, Readable, Readable>;
  private readonly exit: Promise<number | null>;
  private count = 0;
  private said = "";

  constructor(
    kind: string,
    where: string,
    private readonly life: string,
  ) {
    this.child = spawn(
      process.execPath,
      ["--disable-warning=ExperimentalWarning", CHILD.path, kind, where, life],
      { stdio: "pipe" },
    );
    this.child.stdout.on("data", (chunk) => {
      this.count += String(chunk).split("\n").length - 1;
    });
    this.child.stderr.on("data", (chunk) => {
      this.said += String(chunk);
    });
    this.exit = new Promise((resolve) => this.child.on("exit", resolve));
  }

  /** Resolves when it has observed so many more, or rejects when it ended. */
  async observes(more: number): Promise<void> {
    const wanted = this.count + more;
    while (this.count < wanted) {
      if (this.child.exitCode !== null || this.child.signalCode !== null)
        throw new Error(`the agent ended: ${this.said}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  /** How much of what it has observed by now is not in the store. */
  async missing(store: StoreSource): Promise<number> {
    const { count } = this;
    const cache = createCache({ store, namespace: "outage", policy: "exact", loadDeadline: 10_000 });
    let missing = 0;
    for (let n = 0; n < count; n++)
      if (short(await cache.lookup(ask(`${this.life} ${n}`))) !== `exact reply ${n}`) missing++;
    await cache.close();
    return missing;
  }

  /** Has it close; what it observed is in the store then. */
  async end(store: StoreSource): Promise<{ code: number | null; said: string; missing: number }> {
    this.child.stdin.end();
    const code = await this.exit;
    const missing = await this.missing(store);
    return { code, said: this.said, missing };
  }
}

const WELL = { code: 0, said: "", missing: 0 };

/** What a server does to those connected to it. */
function suite(
  name: string,
  start: () => Promise<OwnServer | undefined>,
  store: (url: string) => StoreSource,
): void {
  describe(`a process on ${name}`, { timeout: 60_000 }, async () => {
    const server = await start();
    if (!server && process.env.REPRISE_REQUIRE_SERVICES === "1") throw new Error(`${name} cannot be started`);
    describe.skipIf(!server)("of its own", () => {
      const own = server as OwnServer;
      afterAll(() => server?.remove());

      it("lives, and loses nothing, when the server is not there at first", async () => {
        const agent = new Agent(name, own.url, "early");
        await agent.observes(20);
        await own.start();
        await agent.observes(100);
        expect(await agent.end(store(own.url))).toEqual(WELL);
      });

      if (name === "redis") {
        it("lives, and puts everything again, when the server comes back empty", async () => {
          const agent = new Agent(name, own.url, "empty");
          await agent.observes(50);
          await own.stop("at once");
          await agent.observes(10);
          await own.start();
          // It notices with a poll, and puts it again within two seconds of that.
          const patience = { timeout: 40_000, interval: 500 };
          await vi.waitFor(async () => expect(await agent.missing(store(own.url))).toBe(0), patience);
          expect(await agent.end(store(own.url))).toEqual(WELL);
        });
      } else {
        it.each(["gently", "at once"] as const)(
          "lives, and loses nothing, when the server restarts %s",
          async (how) => {
            const agent = new Agent(name, own.url, how);
            await agent.observes(30);
            await own.stop(how);
            await agent.observes(10);
            await own.start();
            await agent.observes(100);
            expect(await agent.end(store(own.url))).toEqual(WELL);
          },
        );
      }
    });
  });
}

suite("postgres", ownPostgres, postgres);
suite("redis", ownRedis, redis);

describe("a process whose connections to PostgreSQL are ended by the server", {
  timeout: 60_000,
}, async () => {
  const server = await ownPostgres();
  beforeAll(() => server?.start());
  afterAll(() => server?.remove());

  async function terminate(url: string): Promise<void> {
    // @ts-expect-error: it has no types of its own.
    const { default: pg } = await import("pg");
    const client = new pg.Client(url);
    await client.connect();
    await client.query(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND client_port IS NOT NULL",
    );
    await client.end();
  }

  it.skipIf(!server).each(["postgres", "keyv-postgres"])("lives, and loses nothing (%s)", async (kind) => {
    const { url } = server as OwnServer;
    const agent = new Agent(kind, url, kind);
    await agent.observes(30);
    for (let times = 0; times < 3; times++) {
      await terminate(url);
      await agent.observes(20);
    }
    expect(await agent.end(postgres(url))).toEqual(WELL);
  });
});

describe("a process on a file of SQLite", { timeout: 60_000 }, () => {
  it("loses nothing when its folder appears only later", async () => {
    const folder = await mkdtemp(join(tmpdir(), "reprise-"));
    const file = join(folder, "later", "store.sqlite");
    const agent = new Agent("sqlite", file, "early");
    await agent.observes(20);
    await mkdir(dirname(file));
    await agent.observes(100);
    expect(await agent.end(sqlite(file))).toEqual(WELL);
    await rm(folder, { recursive: true });
  });
});
