/** Runs mixed traffic on each store for a while, and prints whether anything grows: memory, keys, bytes, delay. `--minutes 10`. */
import { monitorEventLoopDelay } from "node:perf_hooks";
import { parseArgs } from "node:util";
import { createCache } from "reprise";
import { heapUsed } from "./measure.ts";
import { BENCHES, type Bench } from "./stores.ts";

const { values } = parseArgs({ options: { minutes: { type: "string", default: "1" }, samples: { type: "string", default: "6" } } });
const LASTS = Number(values.minutes) * 60_000;
const SAMPLES = Number(values.samples);
const MAX = 5_000;

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

async function soak(bench: Bench): Promise<void> {
  const cache = createCache({ store: bench.open, maxEntries: MAX, maxStored: 2 * MAX, pollInterval: 200 });
  const delay = monitorEventLoopDelay({ resolution: 5 });
  console.log(`\n${bench.name}: ${values.minutes} min, maxEntries ${MAX}, maxStored ${2 * MAX}\n`);
  console.log(
    "| after | observed | hits | entries | heap, MB | keys | MB stored | loop delay p99, ms | faults |\n|---|---|---|---|---|---|---|---|---|",
  );
  const start = performance.now();
  let n = 0;
  for (let sample = 1; sample <= SAMPLES; sample++) {
    delay.enable();
    delay.reset();
    while (performance.now() - start < (LASTS * sample) / SAMPLES) {
      const { ask, reply } = traffic(n++);
      const request = { messages: [{ role: "user" as const, content: ask }] };
      if ((await cache.lookup(request)).status !== "hit") await cache.observe(request, reply);
      if (n % 20 === 0) await sleep(1);
    }
    delay.disable();
    const p99 = delay.percentile(99) / 1e6;
    await cache.settled();
    const { hits, exchanges, templates, observed, faults } = cache.stats();
    const { keys, bytes } = await bench.size();
    const entries = exchanges + templates.live + templates.candidate + templates.retired;
    const cells = [
      `${(((LASTS / 1e3) * sample) / SAMPLES).toFixed(0)} s`,
      observed,
      hits.exact + hits.template,
      entries,
      (heapUsed() / 2 ** 20).toFixed(0),
    ];
    console.log(`| ${[...cells, keys, (bytes / 2 ** 20).toFixed(1), p99.toFixed(1), JSON.stringify(faults)].join(" | ")} |`);
  }
  await cache.close();
}

for (const make of BENCHES) {
  const bench = await make();
  try {
    await soak(bench);
  } finally {
    await bench.remove();
  }
}
process.exit(0);
