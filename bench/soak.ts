/**
 * Runs mixed traffic on each store for a while, prints memory, keys, bytes and delay, and fails when anything
 * is beyond its bound or grows; a run in which the store was not full by the half is too short to tell. `npm
 * run soak -- 10` for ten minutes on each store; `--store redis` for one of them; `--entries 1000` for a
 * smaller `maxEntries`, half of `maxStored`, which is full sooner; `--rate 400` for so many calls a second at
 * the most. As fast as it goes, more comes than learning and a store can take: then what is shed is what counts.
 */
import { monitorEventLoopDelay } from "node:perf_hooks";
import { parseArgs } from "node:util";
import { type Cache, createCache } from "reprise";
import { heapUsed } from "./measure.ts";
import { BENCHES, type Bench } from "./stores.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    entries: { type: "string", default: "5000" },
    rate: { type: "string", default: "1000000" },
    samples: { type: "string", default: "6" },
    store: { type: "string" },
  },
});
const MINUTES = Number(positionals[0] ?? 10);
const LASTS = MINUTES * 60_000;
const SAMPLES = Number(values.samples);
const RATE = Number(values.rate);
// What waits when a sample is taken is learned from first: not more than that takes a second.
const MAX_QUEUE = 50;
const MAX = Number(values.entries);
const MAX_STORED = 2 * MAX;
// A store is looked through every few seconds: it may hold more in between. Logs have keys of their own.
const ROOM = 2;
const MAX_DELAY = 20;
const AT_ONCE = 20;
/**
 * Keys lie anywhere between two cuts: nine tenths of the bound, and a quarter more than it; and those of
 * logs.
 */
const MAX_KEYS_GROWTH = 1.5;
/** By so much the rest of the second half may be above the first, beside what the keys grew. */
const MAX_GROWTH = 1.15;
/** And by so many MB, for what the collector and the files of a database leave over. */
const SLACK = { heap: 2, keys: 0, megabytes: 0.5 };

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

/** What a run showed. */
interface Verdict {
  /** What is beyond its bound, or grows. */
  readonly wrong: readonly string[];
  /** What grew when it may only have been filling up. */
  readonly open: readonly string[];
}

/**
 * What the samples of a run show: the first half is for everything to fill up, the second must not grow over
 * it.
 */
function judge(samples: readonly Sample[], memory: ReturnType<Cache["stats"]>["memory"]): Verdict {
  const middle = Math.ceil(samples.length / 2);
  const [first, second] = [samples.slice(0, middle), samples.slice(middle)];
  const [wrong, open]: [string[], string[]] = [[], []];
  const most = (of: readonly Sample[], name: keyof Sample): number =>
    Math.max(...of.map((sample) => sample[name]));
  // A store that was never cut, to nine tenths of its bound, has a reason to grow.
  const isFull = most(first, "keys") >= 0.9 * MAX_STORED;
  const keysGrew = Math.max(1, most(second, "keys") / most(first, "keys"));
  for (const name of ["heap", "keys", "megabytes"] as const) {
    const [before, after] = [most(first, name), most(second, name)];
    const limit = name === "keys" ? before * MAX_KEYS_GROWTH : before * keysGrew * MAX_GROWTH + SLACK[name];
    if (after > limit)
      (isFull ? wrong : open).push(`${name} grows: ${before.toFixed(1)}, then ${after.toFixed(1)}`);
  }
  if (second.length === 0) open.push("one sample");
  else if (!isFull) open.push("the store was not full by the half");
  if (most(samples, "entries") > MAX) wrong.push(`${most(samples, "entries")} entries in memory`);
  if (most(samples, "keys") > ROOM * MAX_STORED) wrong.push(`${most(samples, "keys")} keys in the store`);
  for (const [name, { entries, maxEntries = Number.POSITIVE_INFINITY }] of Object.entries(memory))
    if (entries > maxEntries) wrong.push(`${name} has ${entries} entries of ${maxEntries}`);
  return { wrong, open };
}

/** Runs traffic on a store. Returns whether nothing is wrong. */
async function soak(bench: Bench): Promise<boolean> {
  const cache = createCache({
    store: bench.open,
    maxEntries: MAX,
    maxStored: MAX_STORED,
    maxQueue: MAX_QUEUE,
    pollInterval: 200,
  });
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
      await sleep(Math.max(1, start + (n / RATE) * 1e3 - performance.now()));
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
    console.log(
      `| ${[...cells, keys, (bytes / 2 ** 20).toFixed(1), p99.toFixed(1), JSON.stringify(faults)].join(" | ")} |`,
    );
  }
  const { wrong, open } = judge(samples, cache.stats().memory);
  await cache.close();
  const worst = Math.max(...samples.map(({ delay }) => delay));
  const tooShort = open.length > 0 ? `too short to tell (${open.join("; ")})` : "";
  console.log(`\nloop delay p99 at most ${worst.toFixed(1)} ms (≤ ${MAX_DELAY} on a quiet machine)`);
  console.log([...wrong, tooShort].filter((line) => line !== "").join("; ") || "nothing grows");
  return wrong.length === 0;
}

let failed = false;
for (const make of BENCHES) {
  const bench = await make();
  try {
    if (values.store === undefined || bench.name.toLowerCase() === values.store)
      failed = !(await soak(bench)) || failed;
  } finally {
    await bench.remove();
  }
}
process.exit(failed ? 1 : 0);
