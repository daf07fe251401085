/**
 * Says which small changes of the core no test notices: `npm run mutate`, or of a part: `npm run mutate --
 * --sample 150`, `npm run mutate -- --only src/trust`, or what an earlier report names: `--again report`.
 * Ends with an error where fewer are noticed than there should be.
 */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type { Mutant } from "./mutants.ts";
import type { Fate, Task } from "./runner.ts";
import { allMutants } from "./sources.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
// What a line of the report ends with where no test comes by.
const UNREACHED = " (no test reaches it)";
// Where nothing is heard for so long, the mutant that is tried does not end; in milliseconds.
const SILENCE = 60_000;

const { values } = parseArgs({
  options: {
    sample: { type: "string" },
    seed: { type: "string", default: "core" },
    only: { type: "string" },
    least: { type: "string", default: "85" },
    out: { type: "string" },
    again: { type: "string" },
  },
});

/** A mutant as a line of the report: the same wherever it stands in its file. */
function inWords({ file, was, is }: Mutant): string {
  return `${file}: \`${was}\` → \`${is}\``;
}

/**
 * As a sample, so many mutants by a number of each that depends on what it is and on the seed alone: another
 * commit's sample is the same but for the mutants of what was changed.
 */
function drawn(mutants: readonly Mutant[], count: number, seed: string): Mutant[] {
  const times = new Map<string, number>();
  const ranked = mutants.map((mutant) => {
    const words = inWords(mutant);
    const time = (times.get(words) ?? 0) + 1;
    times.set(words, time);
    return { mutant, rank: createHash("sha256").update(`${seed} ${time} ${words}`).digest("hex") };
  });
  ranked.sort((left, right) => (left.rank < right.rank ? -1 : 1));
  return ranked.slice(0, count).map(({ mutant }) => mutant);
}

/** Tries mutants, and says of each how it went. Another process goes on where one hangs. */
async function fatesOf(mutants: readonly Mutant[]): Promise<Map<number, Fate["fate"]>> {
  const folder = mkdtempSync(join(tmpdir(), "mutation-"));
  const fates = new Map<number, Fate["fate"]>();
  try {
    for (let left = [...mutants]; left.length > 0; left = left.filter(({ id }) => !fates.has(id))) {
      const files = { task: join(folder, "task.json"), fates: join(folder, "fates.jsonl") };
      rmSync(files.fates, { force: true });
      writeFileSync(files.task, JSON.stringify({ fates: files.fates, mutants: left } satisfies Task));
      const ended = await oneRun(files);
      const lines = existsSync(files.fates) ? readFileSync(files.fates, "utf8").trim().split("\n") : [];
      if (lines.length === 0) throw new Error(`the tests failed without any mutant:\n${ended.output}`);
      for (const line of lines) {
        const { id, fate, by } = JSON.parse(line) as Fate;
        if (fate === "unrepeatable") console.log(`fails the second time, and is not asked: ${by}`);
        else fates.set(id, fate);
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  // A mutant that was begun and never reported ran without end, which counts as killed.
  for (const [id, fate] of fates) if (fate === "tried") fates.set(id, "killed");
  return fates;
}

async function oneRun(files: {
  readonly task: string;
  readonly fates: string;
}): Promise<{ readonly output: string }> {
  const vitest = join(ROOT, "node_modules/vitest/vitest.mjs");
  const child = spawn(process.execPath, [vitest, "run", "--config", "bench/mutation/vitest.config.ts"], {
    cwd: ROOT,
    env: { ...process.env, MUTATION_TASK: files.task },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk) => (output = (output + chunk).slice(-20_000)));
  const exit = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  let isRunning = true;
  void exit.then(() => (isRunning = false));
  for (let heard = 0, silent = 0; isRunning; ) {
    await Promise.race([exit, delay(1_000)]);
    const length = existsSync(files.fates) ? readFileSync(files.fates).length : 0;
    silent = length === 0 || length > heard ? 0 : silent + 1_000;
    heard = length;
    if (silent >= SILENCE && child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
  }
  return { output };
}

const before =
  values.again === undefined
    ? undefined
    : new Set(readFileSync(values.again, "utf8").replaceAll(UNREACHED, "").split("\n"));
const all = allMutants().filter(
  (mutant) =>
    (values.only === undefined || mutant.file.startsWith(values.only)) &&
    (before === undefined || before.has(inWords(mutant))),
);
const chosen = values.sample === undefined ? all : drawn(all, Number(values.sample), values.seed);
const whole = chosen.length === all.length ? "" : `, drawn with --seed ${values.seed}`;
console.log(`${chosen.length} of ${all.length} mutants${whole}`);
const fates = await fatesOf(chosen);
const alive = chosen.filter(({ id }) => fates.get(id) !== "killed");
const report = alive
  .sort((left, right) => left.id - right.id)
  .map((mutant) => inWords(mutant) + (fates.get(mutant.id) === "unreached" ? UNREACHED : ""))
  .join("\n");
if (values.out !== undefined) writeFileSync(values.out, `${report}\n`);
else console.log(report);
const share = (100 * (chosen.length - alive.length)) / chosen.length;
console.log(
  `${chosen.length - alive.length} of ${chosen.length} mutants killed: ${share.toFixed(1)} %, asked: ${values.least} %`,
);
if (share < Number(values.least)) process.exitCode = 1;
