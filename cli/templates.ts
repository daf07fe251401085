/** `reprise templates`: the list of them, and one with everything that is known of it. */
import { type Command, Option } from "commander";
import type { TemplateDetails, TemplateExample, TemplateQuery, TemplateSummary } from "reprise";
import { moment, percent, safe } from "./figures.js";
import { whole } from "./input.js";
import { command, type Io, paint, Refused } from "./io.js";
import { printResult, type StoreGiven, withCache, withStore } from "./open.js";

type Given = StoreGiven & TemplateQuery;

/** The command. */
export function templatesCommand(io: Io): Command {
  return withStore(command("templates", io))
    .description(
      "list templates with their evidence; with an id, show one: slots, derivations, examples, doubts, reviews",
    )
    .argument("[id]", "a template, by the first characters of its id")
    .addOption(
      new Option("--standing <name>", "only those that are so").choices(["live", "candidate", "retired"]),
    )
    .option("--scope <name>", "only of the scope whose name begins so")
    .option("--tool <name>", "only those that call this tool")
    .option("--text <words>", "only those that hold this text")
    .option("--limit <count>", "at most so many", whole, 50)
    .option("--offset <count>", "after so many", whole)
    .action((id: string | undefined, given: Given) =>
      withCache(given, {}, async ({ cache }) => {
        if (id !== undefined) {
          const details = cache.template(id);
          if (!details) throw new Refused(unknown(id));
          return printResult(io, { json: given.json, result: details }, () => printDetails(details, io));
        }
        const { standing, scope, tool, text, limit, offset } = given;
        const list = cache.templates({ standing, scope, tool, text, limit, offset });
        return printResult(io, { json: given.json, result: list }, () => {
          for (const template of list) printSummary(template, io);
          if (list.length === 0) io.out("no template is so");
        });
      }),
    );
}

/** What to say of an id that is no template's. */
export function unknown(id: string): string {
  return `no template begins with "${safe(id)}", or several do: reprise templates lists them; give six characters or more`;
}

function printSummary(template: TemplateSummary, io: Io): void {
  const { id, turns, reply, continuation } = template;
  const colours = paint(io);
  io.out(`${colours.bold(id.slice(0, 12))}  ${worthOf(template, colours)}`);
  io.out(`  ${continuation ? "… " : ""}${shorten(turns.at(-1) ?? "")}`);
  io.out(`  ⇒ ${shorten(reply)}`);
}

function worthOf(
  { standing, origin, agreements, contradictions, approved }: TemplateSummary,
  colours: ReturnType<typeof paint>,
): string {
  const colour = { live: colours.green, candidate: colours.yellow, retired: colours.red }[standing];
  const wrong = contradictions > 0 ? `, wrong ${contradictions}` : "";
  const by = approved ? `, approved by ${safe(approved.author)}: ${safe(approved.reason)}` : "";
  return `${colour(standing)}, ${origin}, right ${agreements}${wrong}${by}`;
}

function printDetails(template: TemplateDetails, io: Io): void {
  const colours = paint(io);
  const title = (text: string): void => io.out(`\n${colours.bold(text)}`);
  io.out(`${colours.bold(template.id)}  ${worthOf(template, colours)}`);
  io.out(
    `scope ${template.scope.slice(0, 8)}, model ${safe(template.model ?? "(none named)")}, learned ${moment(template.learnedAt)}`,
  );
  title("reads");
  if (template.continuation) io.out("  … (after any steps)");
  for (const turn of template.turns) io.out(`  ${turn}`);
  for (const guard of template.guards) io.out(`  if ${guard}`);
  title("says");
  io.out(`  ${template.reply}`);
  if (template.slots.length > 0) title("slots");
  for (const { name, domain, values } of template.slots)
    io.out(
      `  ${safe(name)}: ${domain}${values.length > 0 ? `, such as ${values.slice(0, 3).map(short).join(", ")}` : ""}`,
    );
  if (template.derivations.length > 0) title("derivations");
  for (const { place, ways } of template.derivations) io.out(`  ${safe(place)} = ${ways.join(" ≡ ")}`);
  title("evidence");
  io.out(
    `  right ${template.agreements} times, wrong ${template.contradictions}; expected to be wrong: ${percent(template.doubt)}`,
  );
  if (template.standing === "candidate")
    io.out(
      template.missingAgreements === undefined
        ? "  more agreements alone would not have it served"
        : `  needs ${template.missingAgreements} more agreements`,
    );
  for (const doubt of template.doubts) io.out(`  ${doubt}`);
  for (const { verdict, author, reason, at } of template.reviews)
    io.out(`  ${verdict}d by ${safe(author)} at ${moment(at)}: ${safe(reason)}`);
  printExamples("examples", template.examples, io);
  printExamples("contradicted by", template.contradicted, io);
}

function printExamples(what: string, examples: readonly TemplateExample[], io: Io): void {
  if (examples.length === 0) return;
  io.out(`\n${paint(io).bold(what)}`);
  for (const { turns, reply, at, seen = [] } of examples.slice(0, 5)) {
    io.out(`  ${moment(at)}  ${shorten(turns.at(-1) ?? "")} ⇒ ${shorten(reply)}`);
    for (const state of seen) io.out(`    checks saw ${shorten(state)}`);
  }
}

const short = (value: string): string => JSON.stringify(shorten(safe(value)));

const LONGEST = 200;

function shorten(line: string): string {
  return line.length <= LONGEST ? line : `${line.slice(0, LONGEST / 2)} … ${line.slice(-LONGEST / 2)}`;
}
