import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { createClient } from "@keyv/redis";
import { createPostgresBackend, Queue } from "bullmq";
// @ts-expect-error: it has no types of its own.
import { Pool } from "pg";
import { afterAll, describe, expect, it } from "vitest";
import { createCache, type StoreSource } from "../../src/index.js";
import { storeKeys } from "../../src/store/keys.js";
import { postgres, redis } from "../../src/stores/index.js";
import { program } from "../support/build.js";
import { ask, short } from "../support/cache.js";
import { POSTGRES, REDIS, runsWith } from "../support/services.js";

const CHILD = program(new URL("fleet-child.mjs", import.meta.url));
afterAll(() => CHILD.remove());

/** A process of the fleet, and what it says. */
class Member {
  private readonly child;
  private readonly lines: AsyncIterator<string>;

  constructor(...args: readonly string[]) {
    this.child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", CHILD.path, ...args], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    this.lines = createInterface({ input: this.child.stdout })[Symbol.asyncIterator]();
  }

  async says(): Promise<string> {
    return String((await this.lines.next()).value);
  }

  does(command: string): Promise<string> {
    this.child.stdin.write(`${command}\n`);
    return this.says();
  }

  kill(): void {
    this.child.kill("SIGKILL");
  }
}

/** A server that keeps both the queue and what is known. */
interface Place {
  readonly url: string;
  readonly store: StoreSource;
  /** Makes what the queue needs. */
  prepare(): Promise<void>;
  /** Deletes what the test has left there. */
  clean(): Promise<void>;
}

function onPostgres(name: string): Place {
  const { url } = POSTGRES;
  return {
    url,
    store: postgres(url, { table: name }),
    async prepare() {
      const queue = new Queue(
        "learn",
        { connection: { connectionString: url, schema: name, migrate: true } },
        createPostgresBackend,
      );
      await queue.waitUntilReady();
      await queue.close();
    },
    async clean() {
      const pool = new Pool({ connectionString: url });
      await pool.query(`DROP SCHEMA IF EXISTS ${name} CASCADE; DROP TABLE IF EXISTS ${name}`);
      await pool.end();
    },
  };
}

function onRedis(name: string): Place {
  const { url } = REDIS;
  return {
    url,
    store: redis(url),
    prepare: async () => {},
    async clean() {
      const client = createClient({ url });
      await client.connect();
      for (const own of [`${name}:`, storeKeys(name).body("")]) {
        for await (const keys of client.scanIterator({
          MATCH: `*${own.replace(/r\.$/, "")}*`,
          COUNT: 1_000,
        })) {
          if (keys.length > 0) await client.del(keys);
        }
      }
      client.destroy();
    },
  };
}

describe("induction that is handed over by a queue", () => {
  const places = [
    ["PostgreSQL", POSTGRES, onPostgres],
    ["Redis", REDIS, onRedis],
  ] as const;
  it.each(places)(
    "survives a worker killed at work, jobs that come twice and jobs that cannot be done, on %s",
    async (...args) => {
      const [, service, open] = args;
      // Without the service there is nothing to try.
      if (!(await runsWith(service))) return;
      const name = `reprise_fleet_${process.pid}_${Date.now()}`;
      const place = open(name);
      await place.prepare();
      const start = (role: string, ...more: string[]): Member => new Member(role, place.url, name, ...more);
      const members = [start("server"), start("server"), start("worker", "400")];
      const [ada, bob, carl] = members as [Member, Member, Member];
      try {
        for (const member of members) expect(await member.says()).toBe("ready");
        for (const [index, who] of ["Ann", "Bob", "Cid", "Dan", "Eve", "Fay"].entries())
          expect(await (index % 2 === 0 ? ada : bob).does(`observe ${who}`)).toBe("done");
        expect(await ada.does("again")).toBe("done");
        expect(await bob.does("poison")).toBe("done");
        // In the middle of a job.
        expect(await carl.says()).toMatch(/^begins/);
        carl.kill();
        const dora = start("worker");
        members.push(dora);
        let jobs = { left: 1, failed: [] as string[] };
        for (let tries = 0; tries < 150 && jobs.left > 0; tries++) {
          await sleep(200);
          jobs = JSON.parse(await ada.does("jobs"));
        }
        expect(jobs).toEqual({ left: 0, failed: ["poison: there is no such exchange"] });
        // What was learned is served where it was not learned, and by whoever comes later.
        let answer = "";
        for (let tries = 0; tries < 300 && answer !== "hit template"; tries++) {
          await sleep(100);
          answer = await bob.does("ask Ivy");
        }
        expect(answer).toBe("hit template");
        const late = createCache({
          store: place.store,
          namespace: name,
          pollInterval: 0,
          loadDeadline: 10_000,
        });
        expect(short(await late.lookup(ask("find the orders of Jon")))).toBe(
          'template find_orders({"customer":"Jon"})',
        );
        expect(late.stats().faults).toEqual({});
        await late.close();
      } finally {
        for (const member of members) member.kill();
        await place.clean();
      }
    },
    120_000,
  );
});
