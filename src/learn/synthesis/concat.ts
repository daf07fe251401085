/** Outputs put together from pieces of the inputs and constants, after FlashFill (Gulwani, POPL 2011). */
import type { Expression } from "../../template/derivation/expression.js";
import type { Pace } from "../schedule/pace.js";
import type { Candidate } from "./candidate.js";
import { scalarTexts } from "./candidate.js";
import { functionCost, literalCost } from "./cost.js";

const MAX_OUTPUT = 300;
const MAX_CONSTANT = 80;
const MAX_PIECES = 9;
const VISITS = 8;
const MAX_FOUND = 32;
const PIECE_COST = 0.3;
/** A piece of one character fits anywhere. */
const SHORT_COST = 0.8;
/** What a constant costs beyond its text if a part of it could have come from an input, with one example. */
const DERIVABLE_COST = 2.5;
/** A seam inside a word or number is odd. */
const SEAM_COST = 2;

/** A way to build all outputs up to some position in each. */
interface Path {
  readonly ends: readonly number[];
  readonly cost: number;
  readonly pieces: number;
  /** How many characters of all outputs came from inputs. */
  readonly derived: number;
  readonly last: Candidate | string | undefined;
  readonly before: Path | undefined;
}

/**
 * The likeliest concatenations that give every output, likeliest first: few and long pieces, short constants.
 * A constant stands at the same place in all outputs. If there is but one output to go by, at least half of
 * its characters come from the inputs.
 */
export async function concatenations(
  bank: readonly Candidate[],
  outputs: readonly string[],
  pace: Pace,
): Promise<readonly Candidate[]> {
  if (outputs.some((output) => output === "" || output.length > MAX_OUTPUT)) return [];
  const total = outputs.reduce((sum, output) => sum + output.length, 0);
  const pieces = piecesByStart(bank, outputs);
  // With one example any letter could be a constant, so constants are dearer, the more so where an input has
  // the same.
  const single = new Set(outputs).size === 1;
  // Several outputs prove their constants; one proves nothing.
  const least = single ? total * 0.5 : 1;
  const derivable = single ? derivableEnds(pieces, outputs[0] as string) : undefined;
  const queue = new Queue();
  queue.push({
    ends: outputs.map(() => 0),
    cost: 0,
    pieces: 0,
    derived: 0,
    last: undefined,
    before: undefined,
  });
  const visits = new Map<string, number>();
  const found: Candidate[] = [];
  for (let path = queue.pop(); path && found.length < MAX_FOUND && !pace.spent; path = queue.pop()) {
    if (pace.tired) await pace.rest();
    pace.spend(1);
    if (path.ends.every((end, index) => end === outputs[index]?.length)) {
      if (path.derived >= least && path.pieces > 1) found.push(build(path, outputs));
      continue;
    }
    const key = `${path.ends.join()}${typeof path.last === "string" ? "c" : ""}`;
    const count = visits.get(key) ?? 0;
    if (count >= VISITS || path.pieces >= MAX_PIECES) continue;
    visits.set(key, count + 1);
    for (const step of [...pieceSteps(path, pieces, outputs), ...constantSteps(path, outputs, derivable)])
      queue.push(step);
  }
  return found;
}

type Pieces = ReadonlyMap<
  string,
  readonly { readonly candidate: Candidate; readonly texts: readonly string[] }[]
>;

/**
 * The candidates by the first character of their text in the first example; only those that every output
 * contains.
 */
function piecesByStart(bank: readonly Candidate[], outputs: readonly string[]): Pieces {
  const pieces = new Map<string, { candidate: Candidate; texts: readonly string[] }[]>();
  for (const candidate of bank) {
    const texts = scalarTexts(candidate.values);
    if (!texts?.every((text, index) => text !== "" && (outputs[index] as string).includes(text))) continue;
    const start = texts[0]?.[0] as string;
    const list = pieces.get(start);
    if (list) list.push({ candidate, texts });
    else pieces.set(start, [{ candidate, texts }]);
  }
  return pieces;
}

function pieceSteps(path: Path, pieces: Pieces, outputs: readonly string[]): readonly Path[] {
  const start = outputs[0]?.[path.ends[0] as number] ?? "";
  const steps: Path[] = [];
  for (const { candidate, texts } of pieces.get(start) ?? []) {
    if (!texts.every((text, index) => outputs[index]?.startsWith(text, path.ends[index]))) continue;
    const length = texts.reduce((sum, text) => sum + text.length, 0);
    const seam =
      typeof path.last === "string" && isLetter(path.last.at(-1)) && texts.every((text) => isLetter(text[0]))
        ? SEAM_COST
        : 0;
    const short = texts.some((text) => text.length === 1) && !isInitial(candidate) ? SHORT_COST : 0;
    steps.push({
      ends: path.ends.map((end, index) => end + (texts[index] as string).length),
      cost: path.cost + candidate.cost + PIECE_COST + short + seam,
      pieces: path.pieces + 1,
      derived: path.derived + length,
      last: candidate,
      before: path,
    });
  }
  return steps;
}

function constantSteps(
  path: Path,
  outputs: readonly string[],
  derivable: readonly number[] | undefined,
): readonly Path[] {
  if (typeof path.last === "string") return [];
  const [output = ""] = outputs;
  const from = path.ends[0] as number;
  const steps: Path[] = [];
  const seam =
    path.last !== undefined && isLetter(output[from - 1]) && isLetter(output[from]) ? SEAM_COST : 0;
  for (let length = 1; length <= MAX_CONSTANT && from + length <= output.length; length++) {
    const at = from + length - 1;
    if (!outputs.every((other, index) => other[(path.ends[index] as number) + length - 1] === output[at]))
      break;
    const text = output.slice(from, at + 1);
    const doubt = derivable
      ? 0.6 * literalCost(text) + ((derivable[from] as number) <= at + 1 ? DERIVABLE_COST : 0)
      : 0;
    steps.push({
      ...path,
      ends: path.ends.map((end) => end + length),
      cost: path.cost + literalCost(text) + doubt + seam,
      pieces: path.pieces + 1,
      last: text,
      before: path,
    });
  }
  return steps;
}

/** For every position, the nearest end of a whole word or number after it that a piece could give. */
function derivableEnds(pieces: Pieces, output: string): readonly number[] {
  const ends = Array.from({ length: output.length + 1 }, () => Number.POSITIVE_INFINITY);
  for (const list of pieces.values()) {
    for (const { texts } of list) {
      const text = texts[0] as string;
      for (let at = output.indexOf(text); at >= 0; at = output.indexOf(text, at + 1)) {
        const end = at + text.length;
        if (/[\p{L}\p{N}]/u.test(text) && !isLetter(output[at - 1]) && !isLetter(output[end]))
          ends[at] = Math.min(ends[at] as number, end);
      }
    }
  }
  for (let at = output.length - 1; at >= 0; at--)
    ends[at] = Math.min(ends[at] as number, ends[at + 1] as number);
  return ends;
}

function isLetter(char: string | undefined): boolean {
  return char !== undefined && /[\p{L}\p{N}]/u.test(char);
}

// The first letter of something is a piece that people do ask for.
function isInitial({ expression }: Candidate): boolean {
  if (expression.kind !== "call") return false;
  const [inner] = expression.args;
  return expression.name === "slice" || (inner?.kind === "call" && inner.name === "slice");
}

function build(path: Path, outputs: readonly string[]): Candidate {
  const args: Expression[] = [];
  for (let step: Path | undefined = path; step?.last !== undefined; step = step.before) {
    args.unshift(
      typeof step.last === "string" ? { kind: "literal", value: step.last } : step.last.expression,
    );
  }
  return {
    expression: { kind: "call", name: "concat", args },
    values: outputs,
    cost: path.cost + functionCost("concat"),
  };
}

/** A binary heap of paths, the cheapest on top; of equal ones the first pushed. */
class Queue {
  readonly #items: { readonly path: Path; readonly turn: number }[] = [];
  #turn = 0;

  push(path: Path): void {
    const items = this.#items;
    let at = items.push({ path, turn: this.#turn++ }) - 1;
    for (let up = (at - 1) >> 1; at > 0 && this.#before(at, up); up = (at - 1) >> 1) {
      this.#swap(at, up);
      at = up;
    }
  }

  pop(): Path | undefined {
    const items = this.#items;
    const [top] = items;
    const last = items.pop();
    if (!top || !last || items.length === 0) return top?.path;
    items[0] = last;
    for (let at = 0; ; ) {
      let least = at;
      for (const child of [2 * at + 1, 2 * at + 2])
        if (child < items.length && this.#before(child, least)) least = child;
      if (least === at) return top.path;
      this.#swap(at, least);
      at = least;
    }
  }

  #before(left: number, right: number): boolean {
    const [a, b] = [this.#items[left], this.#items[right]];
    if (!a || !b) return false;
    return a.path.cost < b.path.cost || (a.path.cost === b.path.cost && a.turn < b.turn);
  }

  #swap(left: number, right: number): void {
    const items = this.#items;
    const [a, b] = [items[left], items[right]];
    if (a && b) [items[left], items[right]] = [b, a];
  }
}
