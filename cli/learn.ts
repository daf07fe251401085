/** `reprise learn`: takes recorded calls into a store, so that a new deployment begins with what they teach. */
import { basename } from "node:path";
import { type Command, InvalidArgumentError } from "commander";
import type { Cache } from "reprise";
import { recorderFor } from "../server/recorded.js";
import { command, type Io, Refused } from "./io.js";
import { printResult, type StoreGiven, withCache, withStore } from "./open.js";
import { progress } from "./progress.js";
import type { Recorded } from "./replay/recordings.js";
import { readFile } from "./replay.js";

interface Given extends StoreGiven {
  readonly forProxy?: URL;
}

/** The command. */
export function learnCommand(io: Io): Command {
  return withStore(command("learn", io))
    .description("take recorded model calls into a store, with their evidence: a new deployment begins warm")
    .argument("<file...>", "logs of model calls, .jsonl or .jsonl.gz: docs/replay.md has the lines")
    .option(
      "--for-proxy <upstream>",
      "for reprise serve --share before this API: lines need whole requests and responses",
      address,
    )
    .action(async (files: readonly string[], given: Given) => {
      const recordings = files.map((file) => ({ file, ...readFile(file) }));
      if (recordings.every(({ calls }) => calls.length === 0))
        throw new Refused("no line of these files is a model call: docs/replay.md shows what one looks like");
      await withCache(given, { makes: true }, async ({ cache, store }) => {
        const before = cache.stats().exchanges;
        const refused = new Map<string, number>();
        const take = takerFor(cache, given.forProxy);
        const total = recordings.reduce((sum, { calls }) => sum + calls.length, 0);
        const bar = progress("learning", total, io);
        for (const { calls } of recordings)
          for (const call of calls) {
            const refusal = await take(call);
            if (refusal !== undefined) refused.set(refusal, (refused.get(refusal) ?? 0) + 1);
            // One after the other, as they were: what was learned is tried on what comes.
            await cache.settled();
            bar.step();
          }
        bar.end();
        const { exchanges, templates } = cache.stats();
        const bad = recordings.flatMap(({ file, bad: lines }) =>
          lines.map((each) => ({ file: basename(file), ...each })),
        );
        const result = {
          ...{ store: store.told, calls: total, recorded: exchanges - before },
          ...{ templates, refused: Object.fromEntries(refused), bad },
        };
        printResult(io, { json: given.json, result }, () => {
          io.out(`${total} calls, ${exchanges - before} of them new, are in ${store.told}`);
          io.out(
            `templates: ${templates.live} live, ${templates.candidate} candidates, ${templates.retired} retired`,
          );
          for (const [reason, count] of refused) io.out(`  not kept: ${count} (${reason})`);
          for (const { file, line, why } of bad.slice(0, 10)) io.out(`  ${file} line ${line}: ${why}`);
          if (bad.length > 10) io.out(`  … and ${bad.length - 10} more lines that are no calls`);
        });
      });
    });
}

/** What takes a call in, and says why it did not. */
function takerFor(cache: Cache, upstream: URL | undefined): (call: Recorded) => Promise<string | undefined> {
  if (upstream) {
    const record = recorderFor(cache, upstream);
    return ({ bodies }) => (bodies ? record(bodies) : Promise.resolve("no whole request and response"));
  }
  return async ({ request, reply, details }) => {
    let refusal: string | undefined;
    const onRefused = (reason: string): void => {
      refusal = reason;
    };
    await cache.observe(request, reply, { ...details, onRefused });
    return refusal;
  };
}

function address(text: string): URL {
  if (!/^https?:\/\//.test(text) || !URL.canParse(text))
    throw new InvalidArgumentError("It must be the address of an API, such as https://api.openai.com/v1.");
  return new URL(text);
}
