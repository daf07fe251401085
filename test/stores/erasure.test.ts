import { type ChildProcessByStdio, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { KeyvPostgres } from "@keyv/postgres";
import KeyvRedis from "@keyv/redis";
import { KeyvSqlite } from "@keyv/sqlite";
import { describe, expect, it } from "vitest";
import { POSTGRES, REDIS, runsWith } from "../support/services.js";

const CHILD = fileURLToPath(new URL("erasure-child.mjs", import.meta.url));
/** How long there is traffic after the erasure: longer than a template waits to be looked at. */
const TRAFFIC = Number(process.env.REPRISE_ERASURE_SECONDS ?? 14);

/** A process of the fleet. */
class Member {
  private readonly child: ChildProcessByStdio<Writable, Readable, null>;
  private readonly answers: AsyncIterator<string>;

  constructor(args: readonly string[]) {
    const flags = ["--disable-warning=ExperimentalWarning", CHILD];
    this.child = spawn(process.execPath, [...flags, ...args], { stdio: ["pipe", "pipe", "inherit"] });
    this.child.stdin.on("error", () => undefined);
    this.answers = createInterface({ input: this.child.stdout })[Symbol.asyncIterator]();
  }

  /** Resolves when the command is carried out, or the process is dead. */
  async does(command: string): Promise<void> {
    this.child.stdin.write(`${command}\n`);
    await this.answers.next();
  }

  kill(): void {
    this.child.kill("SIGKILL");
  }
}

interface Target {
  readonly kind: string;
  readonly where: string;
  /** Every value in the store. */
  readonly values: (table: string) => Promise<string>;
}

async function holds(file: string, secret: string): Promise<boolean> {
  let rest = "";
  for await (const chunk of createReadStream(file, "utf8")) {
    const text = rest + String(chunk);
    if (text.includes(secret)) return true;
    rest = text.slice(-secret.length);
  }
  return false;
}

async function prove({ kind, where, values }: Target): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "reprise-erasure-"));
  const run = `reprise_erasure_${process.pid}_${Date.now()}`;
  const secret = `Q${createHash("sha256").update(run).digest("hex").slice(0, 15)}`;
  const place = kind === "sqlite" ? join(folder, "store.sqlite") : where;
  const member = (life: string): Member => new Member([kind, place, run, run, life]);
  const [ada, bob, carl, dora] = ["a", "bb", "ccc", "dddd"].map(member) as [Member, Member, Member, Member];

  // One is killed in the middle of its work, and its place taken.
  const work = [ada, bob, carl, dora].map((each) => each.does("work 90"));
  await sleep(1_500);
  dora.kill();
  await Promise.all(work);
  const emil = member("eeeee");
  await emil.does("work 10");
  expect(await values(run === "" ? run : kind === "sqlite" ? place : run)).toContain(secret);

  // Two learn on while it is forgotten; one of them is killed before it can have heard of it.
  const on = [carl.does("plain 5"), emil.does("work 60")];
  const forgotten = ada.does("forget");
  await sleep(100);
  carl.kill();
  await Promise.all([...on, forgotten]);
  // What emil observed after the first time is newer than that; from here on there is nothing new of it.
  await ada.does("forget");
  const until = Date.now() + TRAFFIC * 1_000;
  while (Date.now() < until) await Promise.all([ada, bob, emil].map((each) => each.does("plain 20")));

  const found: string[] = [];
  for (const [name, each] of Object.entries({ ada, bob, emil })) {
    const file = join(folder, `${name}.heapsnapshot`);
    await each.does(`heap ${file}`);
    if (await holds(file, secret)) found.push(name);
  }
  if ((await values(kind === "sqlite" ? place : run)).includes(secret)) found.push("store");
  for (const each of [ada, bob, emil]) each.kill();
  if (process.env.REPRISE_KEEP === undefined) await rm(folder, { recursive: true });
  else process.stderr.write(`${folder}\n`);
  expect(found).toEqual([]);
}

describe.concurrent("a name that four processes wrote, some of them killed, and one forgot", { timeout: 180_000 }, () => {
  it("is in no value and no process afterwards: SQLite", () =>
    prove({
      kind: "sqlite",
      where: "",
      async values(file) {
        const store = new KeyvSqlite({ uri: `sqlite://${file}`, busyTimeout: 5_000 });
        const rows = await store.query("SELECT value FROM keyv");
        await store.disconnect();
        return JSON.stringify(rows);
      },
    }));

  it("is in no value and no process afterwards: Redis (skipped when nobody listens)", async ({ skip }) => {
    if (!(await runsWith(REDIS))) skip();
    await prove({
      kind: "redis",
      where: REDIS.url,
      async values() {
        const store = new KeyvRedis(REDIS.url);
        const client = await store.getClient();
        const texts: string[] = [];
        for await (const keys of (client as { scanIterator(options: object): AsyncIterable<string[]> }).scanIterator({ COUNT: 1_000 })) {
          for (const key of keys) texts.push(key, (await (client as { get(key: string): Promise<string | null> }).get(key)) ?? "");
        }
        await store.disconnect();
        return texts.join("\n");
      },
    });
  });

  it("is in no value and no process afterwards: PostgreSQL (skipped when nobody listens)", async ({ skip }) => {
    if (!(await runsWith(POSTGRES))) skip();
    await prove({
      kind: "postgres",
      where: POSTGRES.url,
      async values(table) {
        const store = new KeyvPostgres({ uri: POSTGRES.url, table });
        const rows = await store.query(`SELECT value FROM ${table}`);
        await store.disconnect();
        return JSON.stringify(rows);
      },
    });
  });
});
