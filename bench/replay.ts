/**
 * Replays recorded exchanges through a cache and tells what it would have served: `npm run bench:replay --
 * FILE...`.
 */
import { basename } from "node:path";
import { parseArgs } from "node:util";
import { type CacheOptions, RepriseError } from "reprise";
import { micros } from "./measure.ts";
import { type Recording, readRecording } from "./recordings.ts";
import { type Outcome, rehearse } from "./rehearsal.ts";

const USAGE = `npm run bench:replay -- [options] FILE.jsonl[.gz]...
Plays recorded model calls through a fresh cache, and tells what it would have served. Asks no model.
  --policy NAME     exact, eager or verified (default)
  --options JSON    further options of createCache
  --limit N         the first N calls of each file
  --templates N     how many templates to show (default 20)
  --wrong N         how many wrong hits to show, with conversation text (default 0)
  --help            this
The format of the lines: docs/replay.md`;

interface Called {
  readonly help: boolean;
  readonly files: readonly string[];
  readonly cache: CacheOptions;
  readonly limit: number;
  readonly shown: Shown;
}

interface Shown {
  readonly templates: number;
  readonly wrong: number;
}

/** Runs the program. Returns its exit code: 0, or 2 if it was called wrongly or a file cannot be read. */
export async function main(args: readonly string[], print: (line: string) => void): Promise<number> {
  let parsed: ReturnType<typeof parse>;
  try {
    parsed = parse(args);
  } catch (error) {
    print(`${messageOf(error)}\n\n${USAGE}`);
    return 2;
  }
  if (parsed.help) {
    print(USAGE);
    return 0;
  }
  for (const file of parsed.files) {
    let recording: Recording;
    try {
      recording = readRecording(file);
    } catch (error) {
      print(`${file}: ${messageOf(error)}`);
      return 2;
    }
    if (recording.calls.length + recording.bad.length + recording.failed === 0) {
      print(`\n${basename(file)}: empty, no calls`);
      continue;
    }
    try {
      const calls = parsed.limit > 0 ? recording.calls.slice(0, parsed.limit) : recording.calls;
      printOutcome(basename(file), recording, await rehearse(calls, parsed.cache), parsed.shown, print);
    } catch (error) {
      if (!RepriseError.isInstance(error)) throw error;
      print(error.message);
      return 2;
    }
  }
  return 0;
}

function parse(args: readonly string[]): Called {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      policy: { type: "string" },
      options: { type: "string", default: "{}" },
      limit: { type: "string", default: "0" },
      templates: { type: "string", default: "20" },
      wrong: { type: "string", default: "0" },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (positionals.length === 0 && !values.help) throw new Error("no file given");
  const cache = {
    ...(JSON.parse(values.options) as CacheOptions),
    ...(values.policy !== undefined && { policy: values.policy as never }),
  };
  return {
    help: values.help,
    files: positionals,
    cache,
    limit: count("limit", values.limit),
    shown: { templates: count("templates", values.templates), wrong: count("wrong", values.wrong) },
  };
}

function count(name: string, text: string): number {
  if (!/^\d+$/.test(text)) throw new Error(`--${name} takes a whole number`);
  return Number(text);
}

const MOST_BAD_LINES = 10;

function printOutcome(
  name: string,
  recording: Recording,
  outcome: Outcome,
  shown: Shown,
  print: (line: string) => void,
): void {
  const { calls, exact, template } = outcome;
  const hits = exact.right + exact.wrong + template.right + template.wrong;
  print(
    `\n${name}: ${calls} calls, ${recording.bad.length} bad lines skipped, ${recording.failed} failed calls left out`,
  );
  for (const { line, why } of recording.bad.slice(0, MOST_BAD_LINES)) print(`  line ${line}: ${why}`);
  if (recording.bad.length > MOST_BAD_LINES) print(`  … and ${recording.bad.length - MOST_BAD_LINES} more`);

  print(`  hits         ${hits} (${percent(hits, calls)} of calls), ${outcome.tokens} tokens saved`);
  print(
    `  exact        ${exact.right} right, ${exact.wrong} wrong (the model answered the same conversation in another way)`,
  );
  print(
    `  by template  ${template.right} right, ${template.wrong} wrong (${percent(template.wrong, template.right + template.wrong)} of these hits)`,
  );
  print(
    `  misses       ${
      [...outcome.misses]
        .sort(([, left], [, right]) => right - left)
        .map(([reason, times]) => `${reason} ${times}`)
        .join(", ") || "none"
    }`,
  );
  const refused = Object.entries(outcome.refused);
  if (refused.length > 0)
    print(`  not learned  ${refused.map(([reason, times]) => `${reason} ${times}`).join(", ")}`);
  print(
    `  lookup       p50 ${micros(outcome.lookup.p50)}, p99 ${micros(outcome.lookup.p99)}; learning ${outcome.learning.toFixed(2)} ms a miss`,
  );

  if (outcome.earned.length > 0)
    print(
      `  what each template earned (${Math.min(shown.templates, outcome.earned.length)} of ${outcome.earned.length}):`,
    );
  for (const { template: id, hits: times, wrong, tokens, shape } of outcome.earned.slice(
    0,
    shown.templates,
  )) {
    print(`    ${id.slice(0, 8)}  ${times} hits, ${wrong} wrong, ${tokens} tokens  ${shorten(shape)}`);
  }
  if (outcome.contradicted.size > 0)
    print(`  contradicted by the model, and retired (${outcome.contradicted.size}):`);
  for (const [id, shape] of [...outcome.contradicted].slice(0, shown.templates))
    print(`    ${id.slice(0, 8)}  ${shorten(shape)}`);
  for (const { line, match, template: id, said, recorded } of outcome.wrong.slice(0, shown.wrong)) {
    print(
      `  wrong, line ${line}, ${match} ${id.slice(0, 8)}\n    said      ${shorten(said)}\n    recorded  ${shorten(recorded)}`,
    );
  }
}

function percent(part: number, whole: number): string {
  return whole === 0 ? "–" : `${((100 * part) / whole).toFixed(1)} %`;
}

const MOST_CHARACTERS = 240;

function shorten(text: string): string {
  const line = text.replaceAll("\n", "\\n");
  return line.length <= MOST_CHARACTERS ? line : `${line.slice(0, MOST_CHARACTERS)}…`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

if (import.meta.main) process.exitCode = await main(process.argv.slice(2), (line) => console.log(line));
