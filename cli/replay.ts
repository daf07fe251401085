/** `reprise replay`: plays recorded calls through a fresh cache and tells what it would have served. */
import { basename } from "node:path";
import { type Command, Option } from "commander";
import type { CacheOptions } from "reprise";
import { genaiPrices } from "reprise/prices";
import { jsonObject, whole } from "./input.js";
import { command, type Io, Refused } from "./io.js";
import { progress } from "./progress.js";
import { type Recording, readRecording } from "./replay/recordings.js";
import { type Outcome, rehearse } from "./replay/rehearsal.js";
import { printOutcome } from "./replay/report.js";

interface Given {
  readonly policy?: CacheOptions["policy"];
  readonly options: CacheOptions;
  readonly limit: number;
  readonly templates: number;
  readonly wrong: number;
  readonly json?: boolean;
}

/** The command. */
export function replayCommand(io: Io): Command {
  return command("replay", io)
    .description(
      "play recorded model calls through a fresh cache, and tell what it would have served; asks no model",
    )
    .argument("<file...>", "logs of model calls, .jsonl or .jsonl.gz: docs/replay.md has the lines")
    .addOption(new Option("--policy <name>", "what may be served").choices(["exact", "eager", "verified"]))
    .addOption(
      new Option("--options <json>", "further options of createCache")
        .argParser(jsonObject)
        .default({}, "none"),
    )
    .option("--limit <count>", "the first so many calls of each file", whole, 0)
    .option("--templates <count>", "how many templates to show", whole, 20)
    .option("--wrong <count>", "how many wrong hits to show, with conversation text", whole, 0)
    .option("--json", "print the result as JSON, with all templates and wrong hits")
    .action(async (files: readonly string[], given: Given) => {
      const results: unknown[] = [];
      for (const file of files) {
        const recording = readFile(file);
        const name = basename(file);
        if (isEmpty(recording)) {
          results.push({ file: name, calls: 0 });
          if (!given.json) io.out(`\n${name}: empty, no calls`);
          continue;
        }
        const outcome = await play(recording, given, io);
        results.push({ file: name, bad: recording.bad, failed: recording.failed, ...plain(outcome) });
        if (!given.json) printOutcome({ name, recording, outcome }, given, io.out);
      }
      if (given.json) io.out(JSON.stringify(results, null, 2));
    });
}

/** A recording in a file. Throws `Refused` where there is none. */
export function readFile(file: string): Recording {
  try {
    return readRecording(file);
  } catch (error) {
    throw new Refused(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

async function play(recording: Recording, { limit, policy, options }: Given, io: Io): Promise<Outcome> {
  const calls = limit > 0 ? recording.calls.slice(0, limit) : recording.calls;
  const bar = progress("playing", calls.length, io);
  try {
    return await rehearse(calls, policy === undefined ? options : { ...options, policy }, {
      onCall: bar.step,
      price: genaiPrices(),
    });
  } finally {
    bar.end();
  }
}

function isEmpty({ calls, bad, failed }: Recording): boolean {
  return calls.length + bad.length + failed === 0;
}

function plain({ misses, contradicted, ...outcome }: Outcome): Record<string, unknown> {
  return { ...outcome, misses: Object.fromEntries(misses), contradicted: Object.fromEntries(contradicted) };
}
