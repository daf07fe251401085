/**
 * Measures lookups among 10, 1,000 and 100,000 templates in one scope, beside a plain cache and a list of
 * patterns.
 */
import { InMemoryCache } from "@langchain/core/caches";
import { type Cache, type CacheOptions, createCache } from "reprise";
import { fresh, randomFrom, replyFor, requestFor, type Values, valuesOf, wording } from "./corpus.ts";
import {
  atMost,
  heapUsed,
  micros,
  printTable,
  type Row,
  type Timing,
  time,
  times,
  timing,
} from "./measure.ts";

/**
 * Room for what the benchmark learns: an exchange and a template for each wording, and nothing else beside
 * them.
 */
export const ROOMY: CacheOptions = {
  maxEntries: 1_000_000,
  maxSize: 4 * 1024 ** 3,
  maxQueue: 1_000_000,
  induction: false,
};

// Taught values and asked values never meet.
const TAUGHT = 0;
const ASKED = 50_000_000;

// As many as a busy server has under way: a store can then write them together.
const AT_ONCE = 500;

/** Teaches a cache `count` wordings with their values bound. */
export async function teach(cache: Cache, count: number): Promise<void> {
  for (let from = 0; from < count; from += AT_ONCE) {
    const some = Array.from({ length: Math.min(AT_ONCE, count - from) }, (_, offset) => from + offset);
    await Promise.all(
      some.map((index) => {
        const values = valuesOf(TAUGHT + index);
        return cache.observe(
          { ...requestFor(index, values), bindings: { ...values } },
          replyFor(index, values),
        );
      }),
    );
  }
  await cache.settled();
}

interface Measured {
  readonly count: number;
  readonly template: Timing;
  readonly rows: readonly Row[];
}

/** Runs the section and prints it. Returns nothing that another section needs. */
export async function measureScale(): Promise<void> {
  const measured: Measured[] = [];
  for (const count of [10, 1_000, 100_000]) {
    const result = await measureAt(count);
    printTable(`${count.toLocaleString("en")} templates in the scope, 1 KB conversations`, result.rows);
    measured.push(result);
  }
  const [, thousand, hundredThousand] = measured;
  if (!thousand || !hundredThousand) return;
  printTable("growth", [
    atMost("template hit, 100,000 templates against 1,000 (p50)", {
      measured: hundredThousand.template.p50 / thousand.template.p50,
      limit: 2,
      print: times,
    }),
  ]);
}

async function measureAt(count: number): Promise<Measured> {
  const cache = createCache({ ...ROOMY, policy: "eager" });
  await teach(cache, count);
  const random = randomFrom(7);
  const pick = (): number => Math.floor(random() * count);
  const runs = { warmup: 3_000, runs: 10_000 };
  const lookup = (request: Parameters<Cache["lookup"]>[0]) => cache.lookup(request);

  const exact = await time(runs, () => picked(pick(), TAUGHT), lookup);
  await expectStatus(cache, picked(pick(), TAUGHT), "exact");
  let asked = ASKED;
  const template = await time(runs, () => fresh(requestFor(pick(), valuesOf(asked++))), lookup);
  await expectStatus(cache, requestFor(pick(), valuesOf(asked++)), "template");
  const miss = await time(runs, () => fresh(requestFor(count + pick(), valuesOf(asked++))), lookup);
  await expectStatus(cache, requestFor(count + 1, valuesOf(asked)), "miss");
  await cache.close();

  const plain = await measurePlain(count, pick);
  const patterns = Math.min(count, MOST_PATTERNS);
  const scan = await measureScan(patterns);
  const rows: Row[] = [
    { what: "exact hit", value: timing(exact) },
    count === 1_000
      ? {
          what: "template hit",
          value: timing(template),
          target: `p50 ≤ ${micros(25)}`,
          met: template.p50 <= 25,
        }
      : { what: "template hit", value: timing(template) },
    { what: "miss", value: timing(miss) },
    { what: "LangChain InMemoryCache, exact hit", value: timing(plain) },
    { what: `linear scan of ${patterns.toLocaleString("en")} regular expressions, hit`, value: timing(scan) },
  ];
  return { count, template, rows };
}

function picked(index: number, offset: number) {
  return fresh(requestFor(index, valuesOf(offset + index)));
}

/** A benchmark that measures something else than it says is worse than none. */
async function expectStatus(
  cache: Cache,
  request: Parameters<Cache["lookup"]>[0],
  expected: string,
): Promise<void> {
  const answer = await cache.lookup(request);
  const got = answer.status === "hit" ? answer.match : answer.status;
  if (got !== expected) throw new Error(`expected ${expected}, got ${JSON.stringify(answer)}`);
}

const promptOf = (index: number, values: Values): string =>
  requestFor(index, values)
    .messages.map(({ role, content }) => `${role}: ${content}`)
    .join("\n");

async function measurePlain(count: number, pick: () => number): Promise<Timing> {
  const cache = new InMemoryCache();
  for (let index = 0; index < count; index++)
    await cache.update(promptOf(index, valuesOf(index)), "bench", [{ text: "done" }]);
  return time(
    { warmup: 3_000, runs: 10_000 },
    () => {
      const index = pick();
      return fresh(promptOf(index, valuesOf(index)));
    },
    (prompt) => cache.lookup(prompt, "bench"),
  );
}

// V8 compiles each pattern to machine code, and its space for code holds no 100,000 of them.
const MOST_PATTERNS = 10_000;

async function measureScan(count: number): Promise<Timing> {
  const random = randomFrom(8);
  const pick = (): number => Math.floor(random() * count);
  const patterns = Array.from({ length: count }, (_, index) => {
    const { head, middle, tail } = wording(index);
    return new RegExp(`^${[head, middle, tail].join("(.+?)")}$`, "s");
  });
  const runs = count > 1_000 ? { warmup: 50, runs: 500 } : { warmup: 1_000, runs: 5_000 };
  let asked = ASKED;
  return time(
    runs,
    () => fresh(String(requestFor(pick(), valuesOf(asked++)).messages[1]?.content)),
    (text) => {
      for (const pattern of patterns) {
        const match = pattern.exec(text);
        if (match) return match;
      }
      throw new Error("no pattern fits");
    },
  );
}

/**
 * Memory of a stored template: what a cache that learns templates needs beyond one that keeps the exchanges
 * alone.
 */
export async function measureMemory(count: number): Promise<void> {
  const sizes: number[] = [];
  for (const policy of ["exact", "eager"] as const) {
    const before = heapUsed();
    const cache = createCache({ ...ROOMY, policy });
    await teach(cache, count);
    sizes.push((heapUsed() - before) / count);
    if (cache.stats().exchanges !== count) throw new Error("not everything was kept");
    await cache.close();
  }
  const [exchange, both] = sizes as [number, number];
  const bytes = (value: number): string => `${Math.round(value).toLocaleString("en")} B`;
  printTable(`memory, ${count.toLocaleString("en")} templates of 1 KB conversations`, [
    { what: "an exact exchange", value: bytes(exchange) },
    atMost("a template", { measured: both - exchange, limit: 2048, print: bytes }),
  ]);
}
