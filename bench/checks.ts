/** Measures what a check costs a hit beside what it does itself: the same hit with and without, in turn. */
import { type Cache, type Check, createCache, type Reply } from "reprise";
import { fresh, valuesOf } from "./corpus.ts";
import { atMost, micros, printTable, quantiles, type Row, sink } from "./measure.ts";

const click = (order: string): Reply => ({
  role: "assistant",
  content: null,
  tool_calls: [
    { id: "1", type: "function", function: { name: "click", arguments: JSON.stringify({ order }) } },
  ],
});
const state = { open: true, title: "Orders" };

/** A check that does nothing of its own, and one that waits for an answer. */
const CHECKS: Readonly<Record<string, Check>> = {
  "a check that answers at once": { capture: () => state, compare: () => true },
  "an async check": { capture: async () => state, compare: async () => true },
};

const RUNS = 4_000;
const LIMIT = 20;

async function taught(checks: Readonly<Record<string, Check>>): Promise<Cache> {
  const cache = createCache({ policy: "eager", auditRate: 0, checks });
  for (let number = 0; number < 5; number++) {
    const { order } = valuesOf(number);
    const request = { model: "bench", messages: asked(order), bindings: { order } };
    await cache.observe(request, click(order));
  }
  await cache.settled();
  return cache;
}

const asked = (order: string) => [{ role: "user" as const, content: `Click on the order ${order}, please.` }];

/** Prints how many microseconds more a hit takes with a check that passes. */
export async function measureChecks(): Promise<void> {
  const rows: Row[] = [];
  for (const [what, check] of Object.entries(CHECKS)) {
    const [bare, checked] = await Promise.all([taught({}), taught({ click: check })]);
    const took: Record<"bare" | "checked", number[]> = { bare: [], checked: [] };
    for (let index = 0; index < RUNS + 500; index++) {
      const { order } = valuesOf(1_000 + index);
      // Whichever comes first, the other one does next time.
      const turns = index % 2 === 0 ? (["bare", "checked"] as const) : (["checked", "bare"] as const);
      for (const which of turns) {
        const request = fresh({ model: "bench", messages: asked(order), bindings: { order } });
        const start = performance.now();
        sink.last = await (which === "bare" ? bare : checked).lookup(request);
        const spent = (performance.now() - start) * 1e3;
        if ((sink.last as { status: string }).status !== "hit") throw new Error(`${which}: no hit`);
        if (index >= 500) took[which].push(spent);
      }
    }
    const [without, beside] = [quantiles(took.bare), quantiles(took.checked)];
    rows.push(
      atMost(`${what}: more than the ${micros(without.p50)} without`, {
        measured: beside.p50 - without.p50,
        limit: LIMIT,
        print: micros,
      }),
    );
    await Promise.all([bare.close(), checked.close()]);
  }
  printTable("A template hit whose check passes, p50", rows);
}
