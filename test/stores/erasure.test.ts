import { type ChildProcessByStdio, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { KeyvPostgres } from "@keyv/postgres";
import KeyvRedis from "@keyv/redis";
import { KeyvSqlite } from "@keyv/sqlite";
import { afterAll, describe, expect, it } from "vitest";
import { storeKeys } from "../../src/store/keys.js";
import { program } from "../support/build.js";
import { POSTGRES, REDIS, runsWith } from "../support/services.js";

const CHILD = program(new URL("erasure-child.mjs", import.meta.url));
afterAll(() => CHILD.remove());
/**
 * How long there is traffic after the erasure: longer than a template waits to be looked at. `npm run
 * proof:erasure`: a minute.
 */
const TRAFFIC = Number(process.env.REPRISE_ERASURE_SECONDS ?? 14);
/** How many processes are killed while they write, and how many in each minute of the traffic. */
const KILLS = TRAFFIC < 60 ? 1 : 6;
/** How much a process writes that is killed on the way. */
const MUCH = TRAFFIC < 60 ? 30 : 60;

/** A process of the fleet. */
class Member {
  private readonly child: ChildProcessByStdio<Writable, Readable, null>;
  private readonly answers: AsyncIterator<string>;

  constructor(args: readonly string[]) {
    const flags = ["--disable-warning=ExperimentalWarning", CHILD.path];
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

  /** Kills it; resolves when it is dead, and writes no more. */
  async ended(): Promise<void> {
    const gone = new Promise((resolve) => this.child.once("exit", resolve));
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    this.kill();
    await gone;
  }
}

interface Target {
  readonly kind: string;
  readonly where: string;
  /** Every value in the store. */
  readonly values: (table: string) => Promise<string>;
  /** Leaves nothing of it on a server that others use. */
  readonly remove?: (table: string) => Promise<void>;
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

async function prove(target: Target): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "reprise-erasure-"));
  const run = `reprise_erasure_${process.pid}_${Date.now()}`;
  const secret = `Q${createHash("sha256").update(run).digest("hex").slice(0, 15)}`;
  const place = target.kind === "sqlite" ? join(folder, "store.sqlite") : target.where;
  let lives = 0;
  const all: Member[] = [];
  const member = (): Member => {
    const born = new Member([target.kind, place, run, run, "x".repeat(++lives)]);
    all.push(born);
    return born;
  };
  try {
    await proveIn({ folder, run, secret, place, member }, target);
  } finally {
    for (const each of all) await each.ended();
    await target.remove?.(run);
    if (process.env.REPRISE_KEEP === undefined) await rm(folder, { recursive: true });
    else process.stderr.write(`${folder}\n`);
  }
}

interface Place {
  readonly folder: string;
  readonly run: string;
  readonly secret: string;
  readonly place: string;
  readonly member: () => Member;
}

async function proveIn(
  { folder, run, secret, place, member }: Place,
  { kind, values }: Target,
): Promise<void> {
  const fleet = Array.from({ length: 4 }, member);
  /** Kills a process, has another take its place, and waits for what the others are at. */
  async function replace(index: number, work: readonly Promise<void>[]): Promise<void> {
    fleet[index]?.kill();
    await Promise.all(work);
    fleet[index] = member();
  }

  // 1. All write, the name as well, and are killed in the middle of it.
  await Promise.all(fleet.map((each) => each.does("work 20")));
  for (let kill = 1; kill <= KILLS; kill++) {
    const work = fleet.map((each) => each.does(`work ${MUCH}`));
    await sleep(300);
    await replace(1 + (kill % 3), work);
  }
  await Promise.all(fleet.map((each) => each.does("work 10")));
  expect(await values(kind === "sqlite" ? place : run)).toContain(secret);

  // 2. Two learn on while one forgets it; one of them is killed before it can have heard of that.
  const [ada, , carl, dora] = fleet as [Member, Member, Member, Member];
  const on = [carl.does("plain 5"), dora.does(`work ${MUCH}`), ada.does("forget")];
  await sleep(100);
  await replace(2, on);
  // What was observed after the first time is newer than that; from here on there is nothing new of it.
  await ada.does("forget");

  // 3. Traffic, in which processes come and go.
  const end = Date.now() + TRAFFIC * 1_000;
  let next = Date.now() + 60_000 / KILLS;
  while (Date.now() < end) {
    const work = fleet.map((each) => each.does("plain 20"));
    if (Date.now() < next) await Promise.all(work);
    else {
      await replace(3, work);
      next += 60_000 / KILLS;
    }
  }

  const found: string[] = [];
  for (const [index, each] of fleet.entries()) {
    const file = join(folder, `${index}.heapsnapshot`);
    await each.does(`heap ${file}`);
    if (await holds(file, secret)) found.push(`process ${index}`);
  }
  if ((await values(kind === "sqlite" ? place : run)).includes(secret)) found.push("store");
  expect(found).toEqual([]);
}

interface RedisClient {
  scanIterator(options: object): AsyncIterable<string[]>;
  get(key: string): Promise<string | null>;
  del(key: string): Promise<unknown>;
}

/** Goes through the keys of a namespace: others have their own on this server. */
async function eachKey(
  namespace: string,
  work: (key: string, client: RedisClient) => Promise<void>,
): Promise<void> {
  const store = new KeyvRedis(REDIS.url);
  const client = (await store.getClient()) as unknown as RedisClient;
  const MATCH = `*${storeKeys(namespace).bell.replace(/b\.0$/, "")}*`;
  for await (const keys of client.scanIterator({ MATCH, COUNT: 1_000 }))
    for (const key of keys) await work(key, client);
  await store.disconnect();
}

describe.concurrent("a name that four processes wrote, some of them killed, and one forgot", {
  timeout: 180_000 + 3_000 * TRAFFIC,
}, () => {
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
      async values(namespace) {
        const texts: string[] = [];
        await eachKey(namespace, async (key, client) => {
          texts.push(key, (await client.get(key)) ?? "");
        });
        return texts.join("\n");
      },
      remove: (namespace) => eachKey(namespace, async (key, client) => void (await client.del(key))),
    });
  });

  it("is in no value and no process afterwards: PostgreSQL (skipped when nobody listens)", async ({
    skip,
  }) => {
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
      async remove(table) {
        const store = new KeyvPostgres({ uri: POSTGRES.url, table });
        await store.query(`DROP TABLE IF EXISTS ${table}`);
        await store.disconnect();
      },
    });
  });
});
