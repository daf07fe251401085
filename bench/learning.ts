/** Measures what learning costs those who are served meanwhile: on the thread, and in a worker. */
import { createCache } from "reprise";
import { fresh, randomFrom, replyFor, requestFor, valuesOf } from "./corpus.ts";
import { micros, printTable, quantiles, type Row } from "./measure.ts";

const TAUGHT = 200;
const LEARNED = 300;
const PAUSE = 1;

/** A longer one: an agent's second step, with a list of orders to pick from. */
function secondStep(index: number) {
  const random = randomFrom(index + 1);
  const items = Array.from({ length: 20 }, (_, at) => ({
    id: `${index}-${Math.floor(random() * 1e6)}`,
    customer: valuesOf(index * 20 + at).customer,
    total: Math.floor(random() * 900),
    status: random() < 0.5 ? "open" : "shipped",
  }));
  const { messages } = requestFor(index, valuesOf(index));
  const request = {
    model: "bench",
    messages: [
      ...messages,
      replyFor(index, valuesOf(index)),
      { role: "tool", tool_call_id: "call_1", content: JSON.stringify({ items }) },
    ],
  };
  const pick = {
    id: "call_2",
    type: "function",
    function: { name: "cancel", arguments: JSON.stringify({ order: items.at(-1)?.id }) },
  };
  return { request, reply: { role: "assistant", content: null, tool_calls: [pick] } };
}

/**
 * Runs the section and prints it. Lookups come at a steady rate while a backlog is learned from; a lookup's
 * time is counted from when it came, so that waiting for the event loop is part of it.
 */
export async function measureLearning(): Promise<void> {
  const rows: Row[] = [];
  for (const worker of [false, true]) {
    const cache = createCache({ policy: "eager", induction: { worker }, maxQueue: 100_000 });
    for (let index = 0; index < TAUGHT; index++) {
      const values = valuesOf(index);
      await cache.observe({ ...requestFor(index, values), bindings: { ...values } }, replyFor(index, values));
    }
    await cache.settled();
    const quiet = await lookups(cache, 500, () => false);
    const begun = performance.now();
    const before = threadTime();
    for (let index = 0; index < LEARNED; index++) {
      const { request, reply } = secondStep(TAUGHT + index);
      await cache.observe(request, reply);
    }
    let isLearned = false;
    void cache.settled().then(() => {
      isLearned = true;
    });
    const busy = await lookups(cache, Number.POSITIVE_INFINITY, () => isLearned);
    const took = performance.now() - begun;
    const held = threadTime() - before;
    const where = worker ? "in a worker" : "on the thread";
    rows.push(
      {
        what: `lookup, learning ${where}, nothing to learn`,
        value: `p50 ${micros(quiet.p50)}, p99 ${micros(quiet.p99)}`,
      },
      {
        what: `lookup, learning ${where}, while learning`,
        value: `p50 ${micros(busy.p50)}, p99 ${micros(busy.p99)}, max ${micros(busy.max)}`,
      },
      {
        what: `learning ${where}, an exchange`,
        value: `${(took / LEARNED).toFixed(1)} ms, ${(held / LEARNED).toFixed(2)} ms of the serving thread's processor time, lookups included`,
      },
    );
    if (cache.stats().faults.worker) throw new Error("the worker was lost");
    await cache.close();
  }
  printTable("lookups while learning, from when they came", rows);
}

/** Processor time of this thread, in milliseconds. */
function threadTime(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1e3;
}

async function lookups(cache: ReturnType<typeof createCache>, most: number, isOver: () => boolean) {
  const taken: number[] = [];
  for (let index = 0; index < most && !isOver(); index++) {
    const request = fresh(requestFor(index % TAUGHT, valuesOf(9_000_000 + index)));
    const { promise, resolve } = Promise.withResolvers<void>();
    const came = performance.now() + PAUSE;
    setTimeout(async () => {
      await cache.lookup(request);
      // A timer may fire late for its own reasons, by up to a millisecond; never early.
      taken.push(Math.max(0, performance.now() - came) * 1e3);
      resolve();
    }, PAUSE);
    await promise;
  }
  return quantiles(taken);
}
