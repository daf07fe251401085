/** Measures how long a new process takes to read what is stored in SQLite. */
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import KeyvSqlite from "@keyv/sqlite";
import Keyv from "keyv";
import { createCache } from "reprise";
import { requestFor, valuesOf } from "./corpus.ts";
import { atMost, heapUsed, printTable } from "./measure.ts";
import { ROOMY, teach } from "./scale.ts";

const seconds = (value: number): string => `${value.toFixed(2)} s`;

/** Stores `count` templates and the exchanges they came from, then loads them into a second cache. */
export async function measureLoad(count: number): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "reprise-bench-"));
  try {
    const path = join(folder, "cache.sqlite");
    const open = () => new Keyv({ store: new KeyvSqlite({ uri: `sqlite://${path}` }) });
    const first = open();
    const writing = performance.now();
    const teacher = createCache({ ...ROOMY, policy: "eager", store: first, storeDeadline: 60_000 });
    await teach(teacher, count);
    await teacher.close();
    const wrote = (performance.now() - writing) / 1e3;
    await first.disconnect();

    const second = open();
    const before = heapUsed();
    const start = performance.now();
    const used = process.threadCpuUsage();
    const cache = createCache({
      ...ROOMY,
      policy: "eager",
      store: second,
      storeDeadline: 60_000,
      loadDeadline: 600_000,
      pollInterval: 0,
    });
    // The first lookup waits for the log to be read, the first of a scope for what is in that.
    await cache.lookup({ messages: [{ role: "user", content: "?" }] });
    const logged = (performance.now() - start) / 1e3;
    const nothing = heapUsed() - before;
    const answer = await cache.lookup(requestFor(0, valuesOf(0)));
    const took = (performance.now() - start) / 1e3;
    const { user, system } = process.threadCpuUsage(used);
    const busy = (user + system) / 1e6;
    if (answer.status !== "hit") throw new Error("the scope is not known");
    const { exchanges, templates } = cache.stats();
    const memory = (heapUsed() - before) / count;
    await cache.close();
    await second.disconnect();
    if (templates.live !== count) throw new Error(`loaded ${templates.live} of ${count} templates`);

    const megabytes = (await stat(path)).size / 1024 ** 2;
    printTable(
      `load from SQLite: ${templates.live.toLocaleString("en")} templates and ${exchanges.toLocaleString("en")} exchanges, ${megabytes.toFixed(0)} MB`,
      [
        { what: "learning and storing them", value: seconds(wrote) },
        { what: "reading the log, until lookups are answered", value: seconds(logged) },
        { what: "memory then", value: `${(nothing / 1024 ** 2).toFixed(0)} MB` },
        { what: "the same until the first lookup in their scope is answered by it", value: seconds(took) },
        { what: "of it on the main thread's processor", value: seconds(busy) },
        {
          what: "memory of an exchange and its template, as loaded",
          value: `${Math.round(memory).toLocaleString("en")} B`,
        },
        atMost("the same for 100,000 templates, at this rate", {
          measured: (took * 100_000) / count,
          limit: 5,
          print: seconds,
        }),
      ],
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
