/** What a rehearsal came to, as people read it. */
import { dollars } from "../figures.js";
import type { Recording } from "./recordings.js";
import type { Outcome } from "./rehearsal.js";
import { micros } from "./timing.js";

/** How much of it to show. */
export interface Shown {
  readonly templates: number;
  readonly wrong: number;
}

/** A file that was played, and what came of it. */
export interface Played {
  readonly name: string;
  readonly recording: Recording;
  readonly outcome: Outcome;
}

const MOST_BAD_LINES = 10;

/** Prints it, line by line. Holds conversation text: the templates, and with `wrong` what was said. */
export function printOutcome(
  { name, recording, outcome }: Played,
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

  print(
    `  hits         ${hits} (${percent(hits, calls)} of calls), ${outcome.tokens} tokens${worth(outcome.dollars)} saved`,
  );
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
  for (const earned of outcome.earned.slice(0, shown.templates)) {
    const { template: id, hits: times, wrong, tokens, shape } = earned;
    print(
      `    ${id.slice(0, 8)}  ${times} hits, ${wrong} wrong, ${tokens} tokens${worth(earned.dollars)}  ${shorten(shape)}`,
    );
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

const worth = (value: number): string => (value > 0 ? ` (${dollars(value)})` : "");

function percent(part: number, whole: number): string {
  return whole === 0 ? "–" : `${((100 * part) / whole).toFixed(1)} %`;
}

const MOST_CHARACTERS = 240;

function shorten(text: string): string {
  const line = text.replaceAll("\n", "\\n");
  return line.length <= MOST_CHARACTERS ? line : `${line.slice(0, MOST_CHARACTERS)}…`;
}
