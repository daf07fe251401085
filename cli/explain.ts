/** `reprise explain`: why a request is answered as it is. */
import type { Command } from "commander";
import type { CacheRequest, Explanation } from "reprise";
import { percent, safe } from "./figures.js";
import { readText } from "./input.js";
import { command, type Io, paint, Refused } from "./io.js";
import { printResult, type StoreGiven, withCache, withStore } from "./open.js";

/** The command. */
export function explainCommand(io: Io): Command {
  return withStore(command("explain", io))
    .description("why a request is answered as it is: in a sentence, and message by message")
    .argument("<file>", "the request as JSON, as cache.lookup takes it; - for standard input")
    .action((file: string, given: StoreGiven) =>
      withCache(given, {}, async ({ cache }) => {
        const explanation = cache.explain(requestIn(await readText(file, io), file));
        printResult(io, { json: given.json, result: explanation }, () => printExplanation(explanation, io));
      }),
    );
}

function requestIn(text: string, file: string): CacheRequest {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Refused(
      `${file} is no JSON: give a request such as {"model": "…", "messages": [{"role": "user", "content": "…"}]}`,
    );
  }
  // A line of a log has it beside the response.
  const request = (value as { request?: unknown } | null)?.request ?? value;
  if (
    typeof request !== "object" ||
    request === null ||
    !Array.isArray((request as { messages?: unknown }).messages)
  )
    throw new Refused(`${file} has no "messages": give a request such as {"model": "…", "messages": […]}`);
  return request as CacheRequest;
}

function printExplanation({ sentence, steps, templates, nearest }: Explanation, io: Io): void {
  const colours = paint(io);
  io.out(colours.bold(sentence));
  if (steps.length > 0) io.out("");
  for (const { message, paths, refusals } of steps) {
    const mark = paths > 0 ? colours.green("✓") : colours.red("✗");
    const why = refusals.length > 0 ? colours.dim(`  (${refusals.map(safe).join(", ")})`) : "";
    io.out(`${mark} ${shorten(message)}${why}`);
  }
  for (const { template, standing, reply, says, agreements, doubt, doubts } of templates) {
    io.out(
      `\n${template.slice(0, 12)}  ${standing}, right ${agreements}, expected to be wrong: ${percent(doubt)}`,
    );
    io.out(`  ⇒ ${shorten(reply)}`);
    io.out(`  here: ${shorten(says)}`);
    for (const each of doubts) io.out(`  ${each}`);
  }
  if (nearest) io.out(`\nnearest: ${shorten(nearest.turns.at(-1) ?? "")}`);
}

const LONGEST = 200;

function shorten(line: string): string {
  return line.length <= LONGEST ? line : `${line.slice(0, LONGEST / 2)} … ${line.slice(-LONGEST / 2)}`;
}
