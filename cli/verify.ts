/** `reprise verify`: reads everything there is, and says what is damaged. */
import type { Command } from "commander";
import { command, Found, type Io, paint } from "./io.js";
import { printResult, type StoreGiven, withCache, withStore } from "./open.js";

const WHAT: Readonly<Record<string, string>> = {
  damaged:
    "damaged, or written by something else: never served; reprise forget and learning anew replace them",
  missing: "named by a log and not there: a store that evicts is no place to keep them",
  "unknown-version": "of a newer format: update reprise",
  unreadable: "with content that is not what they are known by: never served",
  slow: "were late",
};

/** The command. */
export function verifyCommand(io: Io): Command {
  return withStore(command("verify", io))
    .description("read everything in the store and say what is damaged; code 1 if anything is")
    .action((given: StoreGiven) =>
      withCache(given, { options: { maxEntries: 10_000_000 } }, async ({ cache, store, faults }) => {
        const { exchanges, templates } = cache.stats();
        const known = exchanges + templates.live + templates.candidate + templates.retired;
        let readable = 0;
        for await (const line of cache.export())
          if (/^\{"kind":"(?:template|exchange)"/.test(line)) readable++;
        const found = new Map([...faults].filter(([code]) => code !== "slow"));
        if (known > readable) found.set("unreadable", known - readable);
        const total = [...found.values()].reduce((sum, count) => sum + count, 0);
        const result = {
          ...{ store: store.told, namespace: given.namespace, exchanges },
          templates: known - exchanges,
          damaged: Object.fromEntries(found),
        };
        printResult(io, { json: given.json, result }, () => {
          io.out(`${known} records in ${store.told}: ${exchanges} exchanges, ${known - exchanges} templates`);
          for (const [code, count] of found) io.out(paint(io).red(`${count} ${WHAT[code] ?? code}`));
          if (total === 0) io.out(paint(io).green("all of them are what they should be"));
        });
        if (total > 0) throw new Found();
      }),
    );
}
