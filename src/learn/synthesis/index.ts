/** Finds the small expressions that explain every example, likeliest first. */
import type { EvaluateOptions, UserFunction } from "../../template/derivation/evaluate.js";
import { evaluate } from "../../template/derivation/evaluate.js";
import type { Bindings, Expression } from "../../template/derivation/expression.js";
import { printExpression } from "../../template/derivation/print.js";
import { equalJson, type Json, scalarText } from "../../template/json.js";
import { type Budget, Pace } from "../schedule/pace.js";
import { arithmetic, singleOperations } from "./arithmetic.js";
import { collectAtoms } from "./atoms.js";
import {
  allNumbers,
  Bank,
  type Candidate,
  invoke,
  outputsOf,
  quoted,
  scalarTexts,
  textsOf,
} from "./candidate.js";
import { concatenations } from "./concat.js";
import { collectDates, collectNumbers, collectNumberTexts } from "./conversions.js";
import type { Example, Hypothesis } from "./example.js";
import { collectPieces, cuts, respaced, trimmed } from "./pieces.js";
import { behaviour, probesOf } from "./probe.js";
import { tables } from "./table.js";
import { truths } from "./truth.js";
import { readWrittenNumbers } from "./written-number.js";

export type { Budget } from "../schedule/pace.js";
export type { Example, Hypothesis } from "./example.js";

export interface SynthesisOptions {
  readonly budget?: Budget | undefined;
  /** The work that the search is a part of: it counts there too. */
  readonly whole?: Pace | undefined;
  /** How many hypotheses to give. Default 8. */
  readonly limit?: number | undefined;
  /**
   * How much costlier than the likeliest a hypothesis may be. Default 2, and 1.5 with a single example, which
   * fits too much.
   */
  readonly margin?: number | undefined;
  /** The user's functions; those of one argument are tried. */
  readonly functions?: ReadonlyMap<string, UserFunction> | undefined;
  /** What is computed of the inputs elsewhere, and may be computed with here as if it were one. */
  readonly computed?: readonly Expression[] | undefined;
}

/** As much as a variable and a call. */
const COMPUTED_COST = 2;
const MAX_PROBED = 48;
/** What costs less leaves arithmetic and concatenation beyond any margin. */
const PLAIN_COST = 2;
const MAX_PLAIN = 40;
const MAX_DATED = 24;
const LIST_SEPARATORS = [", ", ",", " and ", "; ", " ", "\n"];
/** What is kept of the budget for what can be made of what stands in the inputs, however large they are. */
const MAKING = 0.4;
/** What is kept of the budget for putting pieces together, when there are pieces. */
const JOINING = 0.4;

/**
 * All likely expressions that give the output of every example, cheapest first, each different from the
 * others on some input like those seen. They agree on the examples and may differ elsewhere: who serves them
 * asks for unanimity. Empty when nothing fits within the budget. The result depends on the arguments alone
 * (unless `maxMillis` is set); the event loop is let go every few milliseconds.
 */
export async function synthesise(
  examples: readonly Example[],
  options: SynthesisOptions = {},
): Promise<readonly Hypothesis[]> {
  if (examples.length === 0) return [];
  const pace = new Pace(options.budget, options.whole);
  const outputs = outputsOf(examples);

  // 1. What stands in the inputs as it is.
  const atoms = new Bank(pace.maxCandidates);
  for (const expression of options.computed ?? []) atoms.add(computedBy(expression, examples, options));
  pace.hold(MAKING);
  await collectAtoms(examples, atoms, pace);
  pace.release();
  let found = atoms.all.filter((candidate) => gives(candidate, outputs));

  // 2. What can be made of it, by the type of the outputs.
  if (found.length === 0) {
    const texts = outputs.every((output) => typeof output === "string")
      ? (outputs as readonly string[])
      : undefined;
    if (texts) found = await explainTexts(atoms.all, texts, { pace, functions: options.functions });
    else if (allNumbers({ values: outputs } as Candidate))
      found = await explainNumbers(atoms.all, outputs, { pace, functions: options.functions });
    else found = explainOthers(atoms.all, outputs, pace);
  }

  // 3. What was seen, if nothing explains it.
  const isTable = found.length === 0;
  if (isTable) found = [...tables(atoms.all, outputs, pace)];
  return choose(examples, { found, isTable, pace }, options);
}

/** What an expression gives in every example, as an input that costs as much as a call. */
function computedBy(
  expression: Expression,
  examples: readonly Example[],
  { functions }: SynthesisOptions,
): Candidate | undefined {
  const values: Json[] = [];
  for (const { inputs } of examples) {
    const result = evaluate(expression, inputs, { functions });
    if (!result.ok) return undefined;
    values.push(result.value);
  }
  return { expression, values, cost: COMPUTED_COST };
}

async function explainTexts(
  atoms: readonly Candidate[],
  outputs: readonly string[],
  { pace, functions }: { readonly pace: Pace; readonly functions: SynthesisOptions["functions"] },
): Promise<Candidate[]> {
  const bank = new Bank(pace.maxCandidates);
  for (const atom of atoms) bank.add(atom);
  const plain = plainTexts(atoms);
  pace.hold(JOINING);
  const wider = await collectPieces(plain, { bank, outputs, functions }, pace);
  if (pace.overdue) await pace.rest();
  collectNumbers(plain, bank, pace);
  collectDates([...plain, ...datedPieces(plain, pace)], { bank, outputs }, pace);
  if (pace.overdue) await pace.rest();
  pace.release();
  for (const count of countsOf(plain, outputs, pace)) bank.add(invoke(pace, "text", count));
  const numbers = bank.all.filter(allNumbers);
  collectNumberTexts(numbers, { bank, outputs }, pace);
  if (pace.overdue) await pace.rest();
  const texts = bank.all.filter((candidate) => textsOf(candidate));
  for (const candidate of respaced(texts, outputs, pace)) bank.add(candidate);
  if (pace.overdue) await pace.rest();
  const found = [
    ...bank.all.filter((candidate) => gives(candidate, outputs)),
    ...trimmed([...wider, ...texts], outputs, pace),
  ];
  if (found.some((candidate) => candidate.cost < PLAIN_COST)) return found;

  const written = readWrittenNumbers(outputs);
  if (written) found.push(...(await arithmetic(numbers, written, pace)));
  // A whole output that a single function gives needs no concatenation beside it.
  if (found.some((candidate) => candidate.cost < 2.5)) return found;
  // The digits of a number do not come from different places.
  if (written && outputs.some((output) => output.includes("."))) return found;
  const shown = (await singleOperations(numbers, pace)).filter((candidate) => isShown(candidate, outputs));
  collectNumberTexts(shown, { bank, outputs }, pace);
  found.push(...(await concatenations(bank.all, outputs, pace)));
  return found;
}

async function explainNumbers(
  atoms: readonly Candidate[],
  outputs: readonly Json[],
  { pace, functions }: { readonly pace: Pace; readonly functions: SynthesisOptions["functions"] },
): Promise<Candidate[]> {
  const bank = new Bank(pace.maxCandidates);
  for (const atom of atoms) bank.add(atom);
  const plain = plainTexts(atoms);
  for (const count of countsOf(plain, scalarTexts(outputs) ?? [], pace)) bank.add(count);
  collectNumbers(plain, bank, pace);
  collectDates(plain, { bank, outputs: scalarTexts(outputs) ?? [] }, pace);
  const pieces = new Bank(pace.maxCandidates);
  const towards = { bank: pieces, outputs: scalarTexts(outputs) ?? [], rewrite: false, functions };
  await collectPieces(plain, towards, pace);
  collectNumbers(pieces.all, bank, pace);
  for (const piece of pieces.all) if (allNumbers(piece)) bank.add(piece);
  const numbers = bank.all.filter(allNumbers);
  const found = numbers.filter((candidate) => gives(candidate, outputs));
  const written = found.some((candidate) => candidate.cost < PLAIN_COST)
    ? undefined
    : readWrittenNumbers(outputs);
  if (written) found.push(...(await arithmetic(numbers, written, pace)));
  return found;
}

/**
 * How many words, parts or characters texts have, and how many days are between those that are dates: where
 * it could be an output.
 */
function countsOf(atoms: readonly Candidate[], outputs: readonly string[], pace: Pace): readonly Candidate[] {
  // One output alone is the length of something soon enough.
  if (new Set(outputs).size < 2 || !outputs.every((output) => /^-?\d{1,5}$/.test(output))) return [];
  const gives = (candidate: Candidate | undefined): candidate is Candidate =>
    candidate?.values.every((value, index) => scalarText(value) === outputs[index]) === true;
  const found: (Candidate | undefined)[] = [];
  for (const atom of atoms) {
    if (pace.spent) break;
    found.push(invoke(pace, "length", atom));
    const listed = [
      invoke(pace, "words", atom),
      ...[", ", ",", ";", "\n"].map((separator) => invoke(pace, "split", atom, quoted(separator))),
    ];
    for (const parts of listed) {
      if (parts?.values.some((list) => (list as Json[]).length > 1)) found.push(invoke(pace, "count", parts));
    }
  }
  const dated = atoms.filter((atom) => invoke(pace, "weekday", atom));
  for (const from of dated)
    for (const to of dated) if (from !== to) found.push(invoke(pace, "days_between", from, to));
  return found.filter(gives);
}

/** The likeliest texts that are worth cutting up: what was joined a moment ago is not. */
function plainTexts(atoms: readonly Candidate[]): readonly Candidate[] {
  const isJoined = ({ expression }: Candidate): boolean =>
    expression.kind === "call" && expression.name === "join";
  return atoms
    .filter((atom) => textsOf(atom) && !isJoined(atom))
    .sort((left, right) => left.cost - right.cost)
    .slice(0, MAX_PLAIN);
}

/** Pieces of longer texts that could be a date or a time. */
function datedPieces(atoms: readonly Candidate[], pace: Pace): readonly Candidate[] {
  const isDated = (candidate: Candidate): boolean =>
    textsOf(candidate)?.every((text) => text.length <= 40 && /^\w.*\d|\d.*\w$/.test(text)) === true;
  const long = atoms.filter((atom) =>
    textsOf(atom)?.every((text) => text.length <= 200 && /\d/.test(text) && /[ T]/.test(text)),
  );
  return long.flatMap((atom) => cuts(atom, pace).filter(isDated)).slice(0, MAX_DATED);
}

function explainOthers(atoms: readonly Candidate[], outputs: readonly Json[], pace: Pace): Candidate[] {
  if (outputs.every((output) => typeof output === "boolean")) return [...truths(atoms, outputs, pace)];
  const lists = plainTexts(atoms).flatMap((atom) =>
    LIST_SEPARATORS.map((separator) => invoke(pace, "split", atom, quoted(separator))),
  );
  return lists.filter(
    (candidate): candidate is Candidate => candidate !== undefined && gives(candidate, outputs),
  );
}

function gives(candidate: Candidate, outputs: readonly Json[]): boolean {
  return candidate.values.every((value, index) => equalJson(value, outputs[index] as Json));
}

/** Whether every output has a number in it that the candidate could be, rounded. */
function isShown(candidate: Candidate, outputs: readonly string[]): boolean {
  return candidate.values.every((value, index) => {
    const computed = Number(String(value));
    const written = outputs[index]?.match(/\d+(?:,\d{3})*(?:\.\d+)?/g) ?? [];
    return written.some((text) => Math.abs(Number(text.replaceAll(",", "")) - computed) <= 0.5);
  });
}

/** What was found, and in what time. */
interface Found {
  readonly found: readonly Candidate[];
  /** It is a table of what was seen. */
  readonly isTable: boolean;
  readonly pace: Pace;
}

/**
 * Ranks, checks each by the interpreter that will serve it, and drops those that do as a cheaper one does.
 */
async function choose(
  examples: readonly Example[],
  { found, isTable, pace }: Found,
  { limit = 8, margin = examples.length > 1 ? 2 : 1.5, functions }: SynthesisOptions,
): Promise<readonly Hypothesis[]> {
  if (found.length === 0) return [];
  const options: EvaluateOptions = { functions };
  const ranked = found
    .map((candidate) => ({ ...candidate, text: printExpression(candidate.expression) }))
    .sort(
      (left, right) =>
        left.cost - right.cost || left.text.length - right.text.length || (left.text < right.text ? -1 : 1),
    );
  // What a hypothesis does on probes is asked only once there is another to tell it from.
  let probes: readonly Bindings[] | undefined;
  const doing = (expression: Expression): string => {
    probes ??= probesOf(examples);
    return behaviour(expression, probes, options);
  };
  const seen = new Set<string>();
  const chosen: Hypothesis[] = [];
  for (const { expression, cost } of ranked.slice(0, MAX_PROBED)) {
    if (chosen.length >= limit || cost > (chosen[0]?.cost ?? cost) + margin) break;
    if (pace.overdue) await pace.rest();
    const explains = examples.every(({ inputs, output }) => {
      const result = evaluate(expression, inputs, options);
      return result.ok && equalJson(result.value, output);
    });
    if (!explains) continue;
    const [first] = chosen;
    if (first && seen.size === 0) seen.add(doing(first.expression));
    if (first) {
      const does = doing(expression);
      if (seen.has(does)) continue;
      seen.add(does);
    }
    chosen.push({ expression, cost, table: isTable });
  }
  return chosen;
}
