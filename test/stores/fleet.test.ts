import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { createPostgresBackend, Queue } from "bullmq";
// @ts-expect-error: it has no types of its own.
import { Pool } from "pg";
import { describe, expect, it } from "vitest";
import { createCache } from "../../src/index.js";
import { postgres } from "../../src/stores/index.js";
import { ask, short } from "../support/cache.js";
import { POSTGRES, runsWith } from "../support/services.js";

const CHILD = fileURLToPath(new URL("fleet-child.mjs", import.meta.url));

/** A process of the fleet, and what it says. */
class Member {
  private readonly child;
  private readonly lines: AsyncIterator<string>;

  constructor(...args: readonly string[]) {
    this.child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", CHILD, ...args], { stdio: ["pipe", "pipe", "inherit"] });
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

describe("induction that is handed over by a queue", () => {
  it("survives a worker killed at work, jobs that come twice and jobs that cannot be done", { timeout: 120_000 }, async ({ skip }) => {
    if (!(await runsWith(POSTGRES))) skip();
    const name = `reprise_fleet_${process.pid}_${Date.now()}`;
    const connection = { connectionString: POSTGRES.url, schema: name, migrate: true };
    const queue = new Queue("learn", { connection }, createPostgresBackend);
    await queue.waitUntilReady();
    const start = (role: string, ...more: string[]): Member => new Member(role, POSTGRES.url, name, ...more);
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
      for (let tries = 0; tries < 50 && answer !== "hit template"; tries++) {
        await sleep(100);
        answer = await bob.does("ask Ivy");
      }
      expect(answer).toBe("hit template");
      const late = createCache({ store: postgres(POSTGRES.url, { table: name }), namespace: name, pollInterval: 0, loadDeadline: 10_000 });
      expect(short(await late.lookup(ask("find the orders of Jon")))).toBe('template find_orders({"customer":"Jon"})');
      expect(late.stats().faults).toEqual({});
      await late.close();
    } finally {
      for (const member of members) member.kill();
      await queue.close();
      const pool = new Pool({ connectionString: POSTGRES.url });
      await pool.query(`DROP SCHEMA IF EXISTS ${name} CASCADE; DROP TABLE IF EXISTS ${name}`);
      await pool.end();
    }
  });
});
