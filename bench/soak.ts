/**
 * Runs mixed traffic on each store for a while, prints memory, keys, bytes and delay, and fails when anything is beyond its bound or
 * grows. `npm run soak -- 10` for ten minutes on each store; `--store redis` for one of them.
 */
import { monitorEventLoopDelay } from "node:perf_hooks";
import { parseArgs } from "node:util";
import { type Cache, createCache } from "reprise";
import { heapUsed } from "./measure.ts";
import { BENCHES, type Bench } from "./stores.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { samples: { type: "string", default: "6" }, store: { type: "string" } },
});
const MINUTES = Number(positionals[0] ?? 10);
const LASTS = MINUTES * 60_000;
const SAMPLES = Number(values.samples);
const MAX = 5_000;
const MAX_STORED = 2 * MAX;
// A store is looked through every few seconds: it may hold more in between. Logs have keys of their own.
const ROOM = 2;
const MAX_DELAY = 20;
const AT_ONCE = 20;
const MAX_GROWTH = 1.3;

/** What is measured after a while. */
interface Sample {
  readonly entries: number;
  readonly heap: number;
  readonly keys: number;
  readonly megabytes: number;
  readonly delay: number;
}

const names = ["Erik", "Ann", "Bea", "Carl", "Dora", "Emil", "Frida", "Gustav"];
const sleep = (time: number) => new Promise((resolve) => setTimeout(resolve, time));

/** Work that repeats, with values that do not, and questions that nobody asks twice. */
function traffic(n: number) {
  const name = names[n % names.length] ?? "";
  if (n % 3 === 0) {
    const call = {
      id: "c",
      type: "function" as const,
      function: { name: "invite", arguments: JSON.stringify({ guest: name, seat: n % 500 }) },
    };
    return {
      ask: `Invite ${name} and give them seat ${n % 500}`,
      reply: { role: "assistant" as const, content: null, tool_calls: [call] },
    };
  }
  return { ask: `Question ${n}: ${name}?`, reply: { role: "assistant" as const, content: `No. ${n % 7}` } };
}

/** One call of an agent. */
async function pass(cache: Cache, n: number): Promise<void> {
  const { ask, reply } = traffic(n);
  const request = { messages: [{ role: "user" as const, content: ask }] };
  if ((await cache.lookup(request)).status !== "hit") await cache.observe(request, reply);
}

/** What is wrong with the samples of a run; the first half is for everything to fill up. */
function complaints(samples: readonly Sample[], memory: ReturnType<Cache["stats"]>["memory"]): string[] {
  const [first, second] = [samples.slice(0, samples.length / 2), samples.slice(samples.length / 2)];
  const found: string[] = [];
  const most = (of: readonly Sample[], name: keyof Sample): number => Math.max(...of.map((sample) => sample[name]));
  for (const name of ["heap", "keys", "megabytes"] as const) {
    // Before the bounds are reached everything grows.
    if ((first.at(-1)?.keys ?? 0) < MAX_STORED) break;
    if (most(second, name) > most(first, name) * MAX_GROWTH + 10)
      found.push(`${name} grows: ${most(first, name)}, then ${most(second, name)}`);
  }
  if (most(samples, "entries") > MAX) found.push(`${most(samples, "entries")} entries in memory`);
  if (most(samples, "keys") > ROOM * MAX_STORED) found.push(`${most(samples, "keys")} keys in the store`);
  for (const [name, { entries, maxEntries = Number.POSITIVE_INFINITY }] of Object.entries(memory))
    if (entries > maxEntries) found.push(`${name} has ${entries} entries of ${maxEntries}`);
  return found;
}

async function soak(bench: Bench): Promise<string[]> {
  const cache = createCache({ store: bench.open, maxEntries: MAX, maxStored: MAX_STORED, pollInterval: 200 });
  const samples: Sample[] = [];
  const delay = monitorEventLoopDelay({ resolution: 5 });
  console.log(`\n${bench.name}: ${MINUTES} min, maxEntries ${MAX}, maxStored ${MAX_STORED}\n`);
  console.log(
    "| after | observed | hits | entries | heap, MB | keys | MB stored | loop delay p99, ms | faults |\n|---|---|---|---|---|---|---|---|---|",
  );
  const start = performance.now();
  let n = 0;
  for (let sample = 1; sample <= SAMPLES; sample++) {
    delay.enable();
    delay.reset();
    while (performance.now() - start < (LASTS * sample) / SAMPLES) {
      await Promise.all(Array.from({ length: AT_ONCE }, () => pass(cache, n++)));
      await sleep(1);
    }
    delay.disable();
    const p99 = delay.percentile(99) / 1e6;
    await cache.settled();
    const { hits, exchanges, templates, observed, faults } = cache.stats();
    const { keys, bytes } = await bench.size();
    const entries = exchanges + templates.live + templates.candidate + templates.retired;
    samples.push({ entries, keys, heap: heapUsed() / 2 ** 20, megabytes: bytes / 2 ** 20, delay: p99 });
    const cells = [
      `${(((LASTS / 1e3) * sample) / SAMPLES).toFixed(0)} s`,
      observed,
      hits.exact + hits.template,
      entries,
      (heapUsed() / 2 ** 20).toFixed(0),
    ];
    console.log(`| ${[...cells, keys, (bytes / 2 ** 20).toFixed(1), p99.toFixed(1), JSON.stringify(faults)].join(" | ")} |`);
  }
  const found = complaints(samples, cache.stats().memory);
  await cache.close();
  const [worst] = samples.map(({ delay }) => delay).sort((left, right) => right - left);
  console.log(
    `\nloop delay p99 at most ${worst?.toFixed(1)} ms (≤ ${MAX_DELAY} on a quiet machine); ${found.join("; ") || "nothing grows"}`,
  );
  return found;
}

let failed = false;
for (const make of BENCHES) {
  const bench = await make();
  try {
    if (values.store === undefined || bench.name.toLowerCase() === values.store) failed = (await soak(bench)).length > 0 || failed;
  } finally {
    await bench.remove();
  }
}
process.exit(failed ? 1 : 0);
