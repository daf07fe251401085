/**
 * Measures what a store costs: observations a second, cold load, staleness, idle calls, lookups while another
 * process writes.
 */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { type Cache, type CacheOptions, createCache, type KeyvLike } from "reprise";
import { printTable, quantiles, timing } from "./measure.ts";
import { BENCHES, type Bench } from "./stores.ts";

const OBSERVED = Number(process.env.OBSERVED ?? 2_000);
const LOOKUPS = 5_000;
const PROCESSES = 4;

export const request = (n: number) => ({
  messages: [{ role: "user" as const, content: `question ${n} about something that takes a line to say` }],
});
export const reply = (n: number) => ({
  role: "assistant" as const,
  content: `answer ${n}, which is about as long as the question was`,
});
const sleep = (time: number) => new Promise((resolve) => setTimeout(resolve, time));

export function open(store: () => Promise<KeyvLike>, options: CacheOptions = {}): Cache {
  return createCache({
    store,
    policy: "exact",
    storeDeadline: 60_000,
    loadDeadline: 600_000,
    pollInterval: 0,
    ...options,
  });
}

/** A Keyv that counts what it is asked. */
function counting(opener: () => Promise<KeyvLike>, count: { calls: number }): () => Promise<KeyvLike> {
  return async () =>
    new Proxy(await opener(), {
      get(target, property) {
        const value = Reflect.get(target, property, target) as unknown;
        if (typeof value !== "function") return value;
        return (...given: unknown[]) => {
          if (property !== "on") count.calls++;
          return Reflect.apply(value, target, given) as unknown;
        };
      },
    });
}

export async function observe(
  cache: Cache,
  { from, count, atOnce }: { readonly from: number; readonly count: number; readonly atOnce: number },
): Promise<number> {
  const start = performance.now();
  for (let n = from; n < from + count; n += atOnce) {
    await Promise.all(Array.from({ length: atOnce }, (_, k) => cache.observe(request(n + k), reply(n + k))));
  }
  return (count / (performance.now() - start)) * 1e3;
}

async function lookups(cache: Cache): Promise<number[]> {
  const micros: number[] = [];
  for (let n = 0; n < LOOKUPS; n++) {
    const start = performance.now();
    await cache.lookup(request(n % OBSERVED));
    micros.push((performance.now() - start) * 1e3);
    if (n % 50 === 0) await sleep(0);
  }
  return micros;
}

async function measure(bench: Bench): Promise<void> {
  const per = (value: number): string => `${Math.round(value).toLocaleString("en")} a second`;
  const one = open(bench.open);
  await one.observe(request(-1), reply(-1));
  const alone = await observe(one, { from: 0, count: OBSERVED / 4, atOnce: 1 });
  const together = await observe(one, { from: OBSERVED / 4, count: OBSERVED - OBSERVED / 4, atOnce: 50 });

  const four = await fleet(bench);

  const loading = performance.now();
  const count = { calls: 0 };
  const two = open(counting(bench.open, count), { pollInterval: 100 });
  await two.lookup(request(0));
  const loaded = performance.now() - loading;
  await sleep(1_000);
  count.calls = 0;
  await sleep(3_000);
  const idle = count.calls / 3;

  const stale: number[] = [];
  for (let n = 0; n < 20; n++) {
    await one.observe(request(OBSERVED + n), reply(n));
    const start = performance.now();
    while ((await two.lookup(request(OBSERVED + n))).status !== "hit") await sleep(2);
    stale.push((performance.now() - start) * 1e3);
  }
  const quiet = quantiles(await lookups(two));
  let busy = true;
  const writing = (async () => {
    for (let n = 2 * OBSERVED; busy; n += 10) await observe(one, { from: n, count: 10, atOnce: 10 });
  })();
  const noisy = quantiles(await lookups(two));
  busy = false;
  await writing;
  await Promise.all([one.close(), two.close()]);
  printTable(bench.name, [
    { what: "observations, each waited for", value: per(alone) },
    { what: "observations, 50 at once", value: per(together) },
    { what: `the same of ${PROCESSES} processes together`, value: per(four) },
    {
      what: `a new process reads ${(2 * OBSERVED).toLocaleString("en")} exchanges in`,
      value: `${loaded.toFixed(0)} ms`,
    },
    { what: "calls of an idle process that polls ten times a second", value: per(idle) },
    {
      what: "until another process serves what was observed (poll: 100 ms)",
      value: timing(quantiles(stale)),
    },
    { what: "lookups while nobody writes", value: timing(quiet) },
    { what: "lookups while another cache in this process writes", value: timing(noisy) },
  ]);
}

/** Runs the section on each store, one after another. */
export async function measureStores(): Promise<void> {
  for (const make of BENCHES) {
    const bench = await make();
    try {
      await measure(bench);
    } finally {
      await bench.remove();
    }
  }
}

/** Observations a second of `PROCESSES` processes together, each with 50 at once. */
async function fleet({ place }: Bench): Promise<number> {
  const child = fileURLToPath(new URL("observer.ts", import.meta.url));
  const each = Math.ceil(OBSERVED / PROCESSES);
  const members = Array.from({ length: PROCESSES }, (_, index) => {
    const from = String((10 + index) * 1_000_000);
    return spawn(process.execPath, [child, JSON.stringify(place), from, String(each)], {
      stdio: ["pipe", "pipe", "inherit"],
    });
  });
  const said = (member: (typeof members)[number]) =>
    new Promise((resolve) => member.stdout.once("data", resolve));
  const ended = members.map((member) => new Promise((resolve) => member.once("exit", resolve)));
  // All are ready before any begins.
  await Promise.all(members.map(said));
  const start = performance.now();
  const done = members.map(said);
  for (const member of members) member.stdin.end("go");
  await Promise.all(done);
  const took = performance.now() - start;
  await Promise.all(ended);
  return ((each * PROCESSES) / took) * 1e3;
}
