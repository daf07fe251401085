/** `reprise export` and `reprise import`: what is known as lines of JSON, and back. */

import { once } from "node:events";
import { createReadStream, createWriteStream } from "node:fs";
import { finished } from "node:stream/promises";
import type { Command } from "commander";
import type { ImportReport } from "reprise";
import { command, type Io, Refused } from "./io.js";
import { printResult, type StoreGiven, withCache, withStore } from "./open.js";

interface ExportGiven extends StoreGiven {
  readonly templates?: boolean;
  readonly output?: string;
}

/** The command that writes lines. */
export function exportCommand(io: Io): Command {
  return withStore(command("export", io))
    .description(
      "write what is known as lines of JSON, in an order that does not change: to move it, or to review it",
    )
    .option("--templates", "templates with their evidence and reviews alone, as a pull request wants them")
    .option("-o, --output <file>", "where to; without it, to standard output")
    .action((given: ExportGiven) =>
      withCache(given, {}, async ({ cache }) => {
        const lines = cache.export({ templates: given.templates ?? false });
        const { output } = given;
        if (output === undefined) {
          for await (const line of lines) io.out(line.trimEnd());
          return;
        }
        let count = -1;
        const file = createWriteStream(output);
        await once(file, "open");
        for await (const line of lines) {
          count++;
          if (!file.write(line)) await once(file, "drain");
        }
        file.end();
        await finished(file);
        printResult(io, { json: given.json, result: { lines: count, output } }, () =>
          io.out(`${count} lines are in ${output}`),
        );
      }),
    );
}

/** The command that takes lines in. */
export function importCommand(io: Io): Command {
  return withStore(command("import", io))
    .description("take in lines that export wrote; what was forgotten is not brought back")
    .argument("<file>", "what export wrote; - for standard input")
    .action(async (path: string, given: StoreGiven) => {
      const source = path === "-" ? [await io.stdin()] : await reading(path);
      await withCache(given, { makes: true }, async ({ cache }) => {
        const report = await cache.import(source);
        await cache.settled();
        printResult(io, { json: given.json, result: report }, () => printReport(report, io));
        const reasons = new Set(report.refused.map(({ reason }) => reason));
        if (reasons.has("header"))
          throw new Refused(
            `${path} is no export of namespace "${given.namespace}": its first line names its own, for --namespace`,
          );
        reasons.delete("erased");
        if (reasons.size > 0)
          throw new Refused(
            `${path} has lines that are not believed; the others are taken in. Export it anew, if you can`,
          );
      });
    });
}

async function reading(path: string): Promise<AsyncIterable<Uint8Array>> {
  const file = createReadStream(path);
  try {
    await once(file, "open");
  } catch (error) {
    throw new Refused(`${path} cannot be read: ${(error as NodeJS.ErrnoException).code}`);
  }
  return file;
}

const MOST_NAMED = 10;

function printReport({ entries, refused }: ImportReport, io: Io): void {
  io.out(`${entries} templates and exchanges are taken in`);
  for (const { line, reason } of refused.slice(0, MOST_NAMED)) io.out(`  line ${line}: ${reason}`);
  if (refused.length > MOST_NAMED) io.out(`  … and ${refused.length - MOST_NAMED} more`);
}
