/** How outputs write a number, and how a computed value is finished so that it is written the same. */
import type { Json } from "../../template/json.js";
import { Numeral } from "../../template/json.js";
import { type Argument, type Candidate, invoke, quoted, valuesKey, whole } from "./candidate.js";
import type { Pace } from "./pace.js";

/** The numbers that outputs write. */
export interface WrittenNumbers {
  readonly outputs: readonly Json[];
  readonly values: readonly number[];
  /** The most decimals that an output shows. */
  readonly places: number;
  /** Significant digits of all distinct outputs together: how much they say. */
  readonly digits: number;
  readonly prefix: string;
  readonly suffix: string;
}

const WRITTEN = /^(-?)([^\d\s.,-]{0,3} ?)(\d+|\d{1,3}(?:,\d{3})+)(?:\.(\d+))?( ?[^\d.,]{0,12})$/;

/** Reads outputs that are all numbers, or all texts that hold one number with the same text around it. */
export function readWrittenNumbers(outputs: readonly Json[]): WrittenNumbers | undefined {
  const texts = outputs.map((output) => (output instanceof Numeral ? output.raw : output));
  const matches = texts.map((text) => (typeof text === "string" && text.length <= 40 ? WRITTEN.exec(text) : null));
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
  const digits = [...new Set(values)].reduce((sum, value) => sum + String(Math.abs(value)).replace(/[.]|^0+|0+$/g, "").length, 0);
  return { outputs, values, places, digits, prefix, suffix };
}

/** The finishing steps that turn a value into the outputs exactly, simplest first; at most two. */
export function finish(value: Candidate, written: WrittenNumbers, pace: Pace): readonly Candidate[] {
  const key = valuesKey(written.outputs);
  const found: Candidate[] = [];
  const matches = (candidate: Candidate | undefined): candidate is Candidate =>
    candidate !== undefined && valuesKey(candidate.values) === key;
  const asText = typeof written.outputs[0] === "string";

  // Two decimals are what people round to, even where the examples happened to need fewer.
  const places = [...new Set([written.places, 2])].filter((count) => count >= written.places);
  const numbers: (Candidate | undefined)[] = [
    value,
    ...places.map((count) => invoke(pace, "round", value, whole(count))),
    invoke(pace, "float", value),
  ];
  for (const count of places)
    if (count > 0) numbers.push(invoke(pace, "float", value, whole(count)), invoke(pace, "fixed_number", value, whole(count)));
  for (const number of numbers) {
    if (found.length >= 2) break;
    if (!number) continue;
    if (!asText) {
      if (matches(number)) found.push(number);
      continue;
    }
    const text = invoke(pace, "text", number);
    const grouped = text && invoke(pace, "thousands", text);
    for (const plain of [text, grouped]) {
      const whole_ = plain && around(plain, written, pace);
      if (matches(whole_)) {
        found.push(whole_);
        break;
      }
    }
  }
  return found;
}

function around(text: Candidate, { prefix, suffix }: WrittenNumbers, pace: Pace): Candidate | undefined {
  if (prefix === "" && suffix === "") return text;
  const parts: Argument[] = [...(prefix === "" ? [] : [quoted(prefix)]), text, ...(suffix === "" ? [] : [quoted(suffix)])];
  return invoke(pace, "concat", ...parts);
}
