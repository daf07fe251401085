/**
 * A store with a million templates: how long a new process reads it, what that takes of memory and of the
 * event loop, and what a lookup costs then, beside a thousand. `node --expose-gc --max-old-space-size=12000
 * bench/million.mjs sqlite|redis|postgres COUNT both`; with `both` an exchange for each template. Runs the
 * sources: templates are made and recorded as learning would, without its work.
 */
import { monitorEventLoopDelay } from "node:perf_hooks";
import "../test/support/sources.mjs";

const { createCache } = await import("../src/index.ts");
const { Scopes } = await import("../src/answer/scope.ts");
const { openRecordStore } = await import("../src/store/index.ts");
const { parseText } = await import("../src/template/notation.ts");
const { CallNumbers, normaliseMessage } = await import("../src/answer/normalise.ts");
const { chainOf, createExchange, createLearnt } = await import("../src/tree/entry.ts");
const { encodeEntry } = await import("../src/tree/record.ts");
const { fresh, replyFor, requestFor, valuesOf, wording } = await import("./corpus.ts");
const { heapUsed, micros, quantiles } = await import("./measure.ts");
const { postgres, redis, sqlite } = await import("../src/stores/index.ts");

const [, , kind = "redis", size = "1000000", both] = process.argv;
const COUNT = Number(size);
const namespace = `million_${process.pid}`;
const table = namespace;
const POSTGRES = process.env.POSTGRES_URL ?? "postgresql://postgres@127.0.0.1:5432/postgres";
const REDIS = process.env.REDIS_URL ?? "redis://127.0.0.1:6379";
const open = () =>
  kind === "postgres"
    ? postgres(POSTGRES, { table })
    : kind === "sqlite"
      ? sqlite(`/tmp/${namespace}.sqlite`)
      : redis(REDIS);

const system = requestFor(0, valuesOf(0)).messages[0].content;
const scope = new Scopes(namespace).keyOf({ model: "bench" });

/** The template of one wording. */
function learnt(index) {
  const { head, middle, tail } = wording(index);
  const text = (notation) => ({ kind: "text", text: parseText(notation) });
  const variable = (name) => ({ kind: "variable", name });
  const call = {
    kind: "call",
    tool: `act_${index % 50}`,
    args: {
      kind: "object",
      entries: new Map([
        ["order", { kind: "value", place: { hypotheses: [variable("order")] } }],
        ["customer", { kind: "value", place: { hypotheses: [variable("customer")] } }],
      ]),
    },
  };
  const template = {
    turns: [
      { role: "system", parts: [text(system)] },
      { role: "user", parts: [text(`${head}{{order:integer}}${middle}{{customer:words}}${tail}`)] },
    ],
    reply: { role: "assistant", parts: [call] },
    guards: [],
    given: ["order", "customer"],
  };
  return createLearnt({
    template,
    origin: "bound",
    scope,
    at: 1_700_000_000_000 + index,
    model: "bench",
    details: {},
  });
}

/** An exchange that it was learned from. */
function exchange(index) {
  const values = valuesOf(index);
  const reply = replyFor(index, values);
  const turns = requestFor(index, values).messages.map((message) =>
    normaliseMessage(message, new CallNumbers()),
  );
  return createExchange({
    ...{ scope, at: 1_700_000_000_000 + index, model: "bench", details: {}, turns, reply },
    ...{ conversation: chainOf(turns).at(-1), said: normaliseMessage(reply, new CallNumbers()) },
  });
}

async function store(count) {
  const faults = {};
  const records = openRecordStore({
    keyv: open(),
    namespace,
    deadline: 600_000,
    maxWaiting: 100_000,
    onFault: ({ code }) => {
      faults[code] = (faults[code] ?? 0) + 1;
    },
  });
  for (let from = 0; from < count; from += 2_000) {
    const events = [];
    for (let index = from; index < Math.min(count, from + 2_000); index++) {
      const entry = learnt(index);
      events.push({ kind: "put", id: entry.id, at: entry.at, scope: entry.scope, body: encodeEntry(entry) });
      if (both !== "both") continue;
      const seen = exchange(index);
      events.push({ kind: "put", id: seen.id, at: seen.at, scope: seen.scope, body: encodeEntry(seen) });
    }
    await records.append(events);
  }
  await records.close();
  if (Object.keys(faults).length > 0) console.log("faults while storing", faults);
}

async function lookups(cache, count) {
  const took = [];
  let hits = 0;
  for (let run = 0; run < 13_000; run++) {
    const request = fresh(requestFor((run * 7919) % count, valuesOf(50_000_000 + run)));
    const start = performance.now();
    const { status } = await cache.lookup(request);
    if (run >= 3_000) took.push((performance.now() - start) * 1e3);
    if (status === "hit") hits++;
  }
  const { p50, p99 } = quantiles(took);
  return `p50 ${micros(p50)}, p99 ${micros(p99)}, ${hits} hits of 13,000`;
}

const start = performance.now();
await store(COUNT);
console.log(
  `${kind}: ${COUNT.toLocaleString("en")} templates stored in ${((performance.now() - start) / 1e3).toFixed(0)} s`,
);
const before = heapUsed();
const delay = monitorEventLoopDelay({ resolution: 2 });
delay.enable();
const loading = performance.now();
const used = process.threadCpuUsage();
const cache = createCache({
  ...{ store: open(), namespace, policy: "eager", induction: false, auditRate: 0 },
  ...{
    maxEntries: 3 * COUNT,
    maxSize: 16 * 1024 ** 3,
    pollInterval: 100,
    loadDeadline: 3_600_000,
    storeDeadline: 60_000,
  },
});
// Of a scope of which nothing is known: the log is read, and nothing else.
await cache.lookup({ messages: [{ role: "user", content: "?" }] });
const logged = process.threadCpuUsage(used);
const loggedIn = performance.now() - loading;
// Memory is counted after a collection, which holds the loop, too.
delay.disable();
const afterLog = heapUsed() - before;
delay.enable();
console.log(
  `log read in ${(loggedIn / 1e3).toFixed(1)} s (${((logged.user + logged.system) / 1e6).toFixed(1)} s of the processor), event loop held at most ${(delay.max / 1e6).toFixed(1)} ms, ${Math.round(afterLog / COUNT)} B of memory for each`,
);
await cache.lookup(requestFor(0, valuesOf(1)));
while (cache.stats().templates.live < COUNT) await new Promise((resolve) => setTimeout(resolve, 100));
const took = (performance.now() - loading) / 1e3;
delay.disable();
const { user, system: inSystem } = process.threadCpuUsage(used);
const { templates, exchanges, faults } = cache.stats();
console.log(
  `loaded ${templates.live.toLocaleString("en")} and ${exchanges.toLocaleString("en")} exchanges in ${took.toFixed(1)} s (${((user + inSystem) / 1e6).toFixed(1)} s of the processor), faults ${JSON.stringify(faults)}`,
);
console.log(
  `event loop held: p99 ${(delay.percentile(99) / 1e6).toFixed(1)} ms, most ${(delay.max / 1e6).toFixed(1)} ms`,
);
console.log(`memory of each: ${Math.round((heapUsed() - before) / COUNT).toLocaleString("en")} B`);
console.log(`lookup among ${COUNT.toLocaleString("en")}: ${await lookups(cache, COUNT)}`);
await cache.close();

const few = createCache({ policy: "eager", induction: false, auditRate: 0, namespace });
const lines = async function* () {
  yield `${JSON.stringify({ format: "reprise", version: 1, namespace })}\n`;
  const { printReply, printTurnPattern } = await import("../src/template/print.ts");
  for (let index = 0; index < 1_000; index++) {
    const entry = learnt(index);
    const read = [...entry.template.turns.map(printTurnPattern), `⇒ ${printReply(entry.template.reply)}`];
    yield `${JSON.stringify({ kind: "template", read, id: entry.id, at: entry.at, body: encodeEntry(entry) })}\n`;
  }
};
const { entries, refused } = await few.import(lines());
if (entries !== 1_000) console.log("refused", refused.slice(0, 2));
console.log(`lookup among 1,000: ${await lookups(few, 1_000)}`);
process.exit(0);
