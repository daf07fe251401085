/** `reprise forget`: erases, in the store and in every process that uses it. */
import type { Command } from "commander";
import type { ForgetFilter } from "reprise";
import { span } from "./input.js";
import { command, type Io, Refused } from "./io.js";
import { printResult, type StoreGiven, withCache, withStore } from "./open.js";

interface Given extends StoreGiven {
  readonly template?: string;
  readonly tool?: string;
  readonly model?: string;
  readonly olderThan?: number;
  readonly all?: boolean;
}

/** The command. */
export function forgetCommand(io: Io): Command {
  return withStore(command("forget", io))
    .description(
      "erase what meets all criteria, with whatever was learned of it, from the store and from all who use it",
    )
    .option("--template <id>", "this template or exact entry")
    .option("--tool <name>", "what calls this tool")
    .option("--model <name>", "what was learned from this model")
    .option("--older-than <span>", "what was learned longer ago: 30d, 12h", span)
    .option("--all", "everything in the namespace")
    .action((given: Given) => {
      const { template, tool, model, olderThan, all } = given;
      const named = { template, tool, model, olderThan };
      const hasCriterion = Object.values(named).some((criterion) => criterion !== undefined);
      if (!hasCriterion && !all)
        throw new Refused(
          "say what to forget: --template, --tool, --model, --older-than, or --all for everything",
        );
      if (hasCriterion && all) throw new Refused("--all means everything: give it alone");
      return withCache(given, {}, async ({ cache }) => {
        const id = template === undefined ? undefined : (cache.template(template)?.id ?? template);
        const filter: ForgetFilter = {
          ...(id !== undefined && { template: id }),
          ...(tool !== undefined && { tool }),
          ...(model !== undefined && { model }),
          ...(olderThan !== undefined && { olderThan }),
          ...(all && { namespace: given.namespace }),
        };
        const forgotten = await cache.forget(filter);
        printResult(io, { json: given.json, result: { forgotten } }, () =>
          io.out(`${forgotten} entries are erased`),
        );
      });
    });
}
