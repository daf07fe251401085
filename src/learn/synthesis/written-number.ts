/** How outputs write a number, and how a computed value is finished so that it is written the same. */
import type { Expression } from "../../template/derivation/expression.js";
import type { Json } from "../../template/json.js";
import { Numeral } from "../../template/json.js";
import type { Pace } from "../schedule/pace.js";
import { type Argument, type Candidate, invoke, quoted, valuesKey, whole } from "./candidate.js";

/** The numbers that outputs write. */
export interface WrittenNumbers {
  readonly outputs: readonly Json[];
  readonly values: readonly number[];
  /** The most decimals that an output shows. */
  readonly places: number;
  /** The digits of all distinct outputs together: how much they say. */
  readonly digits: number;
  readonly prefix: string;
  readonly suffix: string;
}

const WRITTEN = /^(-?)([^\d\s.,-]{0,3} ?)(\d+|\d{1,3}(?:,\d{3})+)(?:\.(\d+))?( ?[^\d.,]{0,12})$/;

/** Reads outputs that are all numbers, or all texts that hold one number with the same text around it. */
export function readWrittenNumbers(outputs: readonly Json[]): WrittenNumbers | undefined {
  const texts = outputs.map((output) => (output instanceof Numeral ? output.raw : output));
  const matches = texts.map((text) =>
    typeof text === "string" && text.length <= 40 ? WRITTEN.exec(text) : null,
  );
  const [first] = matches;
  const prefix = first?.[2] ?? "";
  const suffix = first?.[5] ?? "";
  const values: number[] = [];
  let places = 0;
  for (const match of matches) {
    if (!match || match[2] !== prefix || match[5] !== suffix) return undefined;
    const fraction = match[4] ?? "";
    values.push(Number(`${match[1]}${(match[3] as string).replaceAll(",", "")}.${fraction || "0"}`));
    // 40.0 is how programs write 40: its zero was not rounded to.
    places = Math.max(places, fraction === "0" ? 0 : fraction.length);
  }
  return { outputs, values, places, digits: tellingDigits(values, places), prefix, suffix };
}

/**
 * How many digits distinct values have, each to the same number of decimals. Zeros that all of them end in
 * say nothing: who adds thousands gets thousands.
 */
function tellingDigits(values: readonly number[], places: number): number {
  const shown = [
    ...new Set(values.map((value) => Math.abs(value).toFixed(places).replace(".", "").replace(/^0+/, ""))),
  ];
  const idle = Math.min(
    ...shown.filter((text) => text !== "").map((text) => /0*$/.exec(text)?.[0].length ?? 0),
    40,
  );
  return shown.reduce((sum, text) => sum + Math.max(1, text.length - idle), 0);
}

/** The finishing steps that turn a value into the outputs exactly, simplest first; at most two. */
export function finish(value: Candidate, written: WrittenNumbers, pace: Pace): readonly Candidate[] {
  const key = valuesKey(written.outputs);
  const found: Candidate[] = [];
  const matches = (candidate: Candidate | undefined): candidate is Candidate =>
    candidate !== undefined && valuesKey(candidate.values) === key;
  const asText = typeof written.outputs[0] === "string";

  const exact = asText ? around(invoke(pace, "text", value), written, pace) : value;
  const { places } = written;
  // Two decimals are what people round to, even where the examples happened to need fewer.
  const rounding = [...new Set([places, Math.max(places, 2)])];
  const forms: (Candidate | undefined)[] = [];
  let fixed = false;
  if (matches(exact)) {
    found.push(exact);
    if (asText && places > 1) forms.push(invoke(pace, "fixed", value, whole(places)));
    if (mayRunOn(value.expression)) forms.push(invoke(pace, "round", value, whole(Math.max(places, 2))));
  } else {
    forms.push(
      ...rounding.map((count) => invoke(pace, "round", value, whole(count))),
      invoke(pace, "float", value),
    );
    for (const count of rounding)
      if (count > 0)
        forms.push(
          invoke(pace, "float", value, whole(count)),
          invoke(pace, asText ? "fixed" : "fixed_number", value, whole(count)),
        );
  }
  for (const form of forms) {
    // With how many zeros a number ends is settled by an output that ends in one; until then both ways are
    // kept.
    const isFixed = form !== undefined && isCallOf(form.expression, "fixed", "fixed_number");
    if (isFixed ? fixed : found.length >= 2) continue;
    const text = asText ? form && invoke(pace, "text", form) : form;
    // A text is written as it is: text(fixed(x, 2)) would say nothing more.
    const plain = form && typeof form.values[0] === "string" ? form : text;
    const written_ = asText ? around(plain, written, pace) : plain;
    const grouped = asText && plain ? around(invoke(pace, "thousands", plain), written, pace) : undefined;
    const match = [written_, grouped].find(matches);
    if (!match) continue;
    found.push(match);
    fixed ||= isFixed;
  }
  return found;
}

function isCallOf(expression: Expression, ...names: readonly string[]): boolean {
  return expression.kind === "call" && names.includes(expression.name);
}

/** Whether a value may have more decimals than anyone would write. */
function mayRunOn(expression: Expression): boolean {
  return expression.kind === "call" && (RUNNING_ON.has(expression.name) || expression.args.some(mayRunOn));
}

const RUNNING_ON: ReadonlySet<string> = new Set(["divide", "power", "sqrt", "average"]);

function around(
  text: Candidate | undefined,
  { prefix, suffix }: WrittenNumbers,
  pace: Pace,
): Candidate | undefined {
  if (!text || (prefix === "" && suffix === "")) return text;
  const parts: Argument[] = [
    ...(prefix === "" ? [] : [quoted(prefix)]),
    text,
    ...(suffix === "" ? [] : [quoted(suffix)]),
  ];
  return invoke(pace, "concat", ...parts);
}
