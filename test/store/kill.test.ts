import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { KeyvSqlite } from "@keyv/sqlite";
import { Keyv } from "keyv";
import { afterAll, describe, expect, it } from "vitest";
import { openRecordStore } from "../../src/store/index.js";
import { readAll } from "../../src/testing/read-all.js";
import { program } from "../support/build.js";
import { faultList } from "./scripted-store.js";

const CHILD = program(new URL("kill-child.mjs", import.meta.url));
afterAll(() => CHILD.remove());

/** Runs the child until it has recorded so many batches, kills it, and gives what it said. */
function runAndKill(file: string, life: string, batches: number): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [CHILD.path, file, life], { stdio: ["ignore", "pipe", "inherit"] });
    let said = "";
    child.stdout.on("data", (chunk) => {
      said += String(chunk);
      if (said.split("=").length > batches) child.kill("SIGKILL");
    });
    child.on("error", reject);
    child.on("exit", (_code, signal) =>
      signal === "SIGKILL" ? resolve(said.split("\n")) : reject(new Error("the child ended by itself")),
    );
  });
}

/** Five lives, in the given order; then what a fresh process finds must be what they recorded. */
async function check(live: (run: (life: number) => Promise<void>) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "reprise-"));
  const file = join(folder, "store.sqlite");
  const begun: string[] = [];
  const recorded: string[] = [];
  await live(async (life) => {
    for (const line of await runAndKill(file, `life-${life}`, 3 + life * 7)) {
      if (line.startsWith("+")) begun.push(...line.slice(1).split(" "));
      if (line.startsWith("=")) recorded.push(...line.slice(1).split(" "));
    }
  });
  const { faults, onFault } = faultList();
  const store = new KeyvSqlite({ uri: `sqlite://${file}`, busyTimeout: 5_000 });
  const found = await readAll(openRecordStore({ keyv: new Keyv({ store }), namespace: "kill", onFault }));
  await store.disconnect();
  await rm(folder, { recursive: true });

  const ids = found.map(({ id }) => id);
  expect(recorded.length).toBeGreaterThanOrEqual(3 * (3 + 10 + 17 + 24 + 31));
  expect(recorded.filter((id) => !ids.includes(id))).toEqual([]);
  for (let life = 0; life < 5; life++) {
    const its = (list: string[]): string[] => list.filter((id) => id.startsWith(`life-${life}-`));
    expect(its(ids)).toEqual(its(begun).slice(0, its(ids).length));
  }
  expect(ids.filter((id) => !begun.includes(id))).toEqual([]);
  for (const { id, body } of found) expect(body).toEqual({ id, text: id.repeat(200) });
  expect(faults).toEqual([]);
}

const LIVES = [0, 1, 2, 3, 4];

describe("processes that are killed while they write to SQLite", () => {
  it("leave a prefix of what each appended, with all that was recorded, and nothing invented: one after another", async () => {
    await check(async (run) => {
      for (const life of LIVES) await run(life);
    });
  });

  it("and the same when all write at once", { timeout: 60_000 }, async () => {
    await check(async (run) => {
      await Promise.all(LIVES.map(run));
    });
  });
});
