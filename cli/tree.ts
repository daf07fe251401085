/** `reprise tree`: what is known, drawn. */
import type { Command } from "commander";
import { whole } from "./input.js";
import { command, type Io, paint } from "./io.js";
import { printResult, type StoreGiven, withCache, withStore } from "./open.js";

interface Given extends StoreGiven {
  readonly scope?: string;
  readonly live?: boolean;
  readonly limit?: number;
  readonly depth?: number;
}

/** The command. */
export function treeCommand(io: Io): Command {
  return withStore(command("tree", io))
    .description("draw what is known: one tree a scope, one line a message, with what each template is worth")
    .option("--scope <name>", "only the scope whose name begins so")
    .option("--live", "only templates that are served")
    .option("--limit <count>", "at most so many templates and exchanges, those used last", whole)
    .option("--depth <count>", "at most so many messages of each conversation", whole)
    .action((given: Given) =>
      withCache(given, {}, async ({ cache }) => {
        const { scope, live, limit, depth } = given;
        const tree = cache.printTree({ scope, live, limit, depth });
        printResult(io, { json: given.json, result: { tree: tree.split("\n") } }, () => {
          const colours = paint(io);
          if (tree === "") io.out("nothing is known here yet");
          else for (const line of tree.split("\n")) io.out(coloured(line, colours));
        });
      }),
    );
}

function coloured(line: string, colours: ReturnType<typeof paint>): string {
  if (line.startsWith("scope ")) return colours.bold(line);
  return line
    .replace(/\((live, [^)]*)\)$/, (worth) => colours.green(worth))
    .replace(/\((candidate, [^)]*)\)$/, (worth) => colours.yellow(worth))
    .replace(/\((retired, [^)]*)\)$/, (worth) => colours.red(worth));
}
