/** `reprise stats`: the store in figures. */
import type { Command } from "commander";
import { command, type Io } from "./io.js";
import { printResult, type StoreGiven, withCache, withStore } from "./open.js";

/** The command. */
export function statsCommand(io: Io): Command {
  return withStore(command("stats", io))
    .description(
      "how much is known; hits and money are counted by the process that serves (its page, /metrics)",
    )
    .action((given: StoreGiven) =>
      withCache(given, { options: { maxEntries: 10_000_000 } }, async ({ cache, store, faults }) => {
        const { exchanges, templates, memory } = cache.stats();
        const all = cache.templates();
        const scopes = new Set(all.map(({ scope }) => scope)).size;
        const models = countsOf(all.map(({ model }) => model ?? "(none named)"));
        const approved = all.filter((template) => template.approved).length;
        const bytes = memory.entries?.bytes ?? 0;
        const result = {
          ...{ store: store.told, namespace: given.namespace },
          ...{ exchanges, templates: { ...templates, approved }, scopes, models, bytes },
          faults: Object.fromEntries(faults),
        };
        printResult(io, { json: given.json, result }, () => {
          io.out(`store      ${store.told}, namespace ${given.namespace}`);
          io.out(`exchanges  ${exchanges}`);
          io.out(
            `templates  ${templates.live} live (${approved} approved), ${templates.candidate} candidates, ${templates.retired} retired`,
          );
          io.out(`scopes     ${scopes} with templates`);
          for (const [model, count] of Object.entries(models)) io.out(`  ${model}: ${count} templates`);
          io.out(`size       ${(bytes / 1024 ** 2).toFixed(1)} MB in memory`);
          if (faults.size > 0) io.out("damaged    some records: reprise verify tells more");
        });
      }),
    );
}

function countsOf(names: readonly string[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return Object.fromEntries([...counts].sort(([, left], [, right]) => right - left));
}
