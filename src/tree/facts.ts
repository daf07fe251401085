/** What an exchange shows of its scope, as plain data: it can be told to another copy of what is known. */
import type { Bindings } from "../template/derivation/expression.js";
import { parseJson, scalarText } from "../template/json.js";
import type { Knowledge } from "./knowledge.js";
import type { Answered } from "./wordings.js";

/** One thing shown. */
export type Fact =
  /** A place held a value. */
  | { readonly kind: "value"; readonly place: string; readonly text: string }
  /** A place's value was derived in a certain way. */
  | { readonly kind: "form"; readonly place: string; readonly form: string }
  /** A text stood for a value at a place, as JSON: a label for the name of a field. Where, `contextOf` says. */
  | {
      readonly kind: "lookup";
      readonly place: string;
      readonly text: string;
      readonly json: string;
      readonly context?: string;
    }
  /** A template that was right read these values, by slot. */
  | {
      readonly kind: "read";
      readonly skeleton: string;
      readonly values: readonly (readonly [slot: string, text: string])[];
    }
  /** A template that was right did so beside this running text: what `sketchOf` makes of it. */
  | {
      readonly kind: "prose";
      readonly skeleton: string;
      readonly whole: number;
      readonly runs: readonly number[];
    }
  /** What a template reads there and leaves aside was used by a later step of the same conversation. */
  | { readonly kind: "used"; readonly skeleton: string; readonly slot: string }
  /** Predictions of young templates, or of others, had this fate. */
  | { readonly kind: "fate"; readonly young: boolean; readonly wrong: number; readonly expected: number }
  /** A text was no data. */
  | { readonly kind: "wording"; readonly text: string }
  /** A question was worded so; see `Wordings.add`. */
  | ({
      readonly kind: "asked";
      readonly context: string;
      readonly pieces: readonly string[];
    } & Answered);

/** What a template reads, as a fact: texts and numbers; what else there is has no measure. */
export function readFact(skeleton: string, bindings: Bindings): Fact {
  const values = [...bindings].flatMap(([slot, value]): (readonly [string, string])[] => {
    const text = value === null || typeof value === "boolean" ? undefined : scalarText(value);
    return text === undefined ? [] : [[slot, text]];
  });
  return { kind: "read", skeleton, values };
}

/** Adds what was shown to what is known of a scope. */
export function takeIn(knowledge: Knowledge, scope: string, facts: readonly Fact[]): void {
  const { args, wordings, fates } = knowledge.scope(scope);
  for (const fact of facts) {
    if (fact.kind === "value") args.add(fact.place, fact.text);
    else if (fact.kind === "form") args.addForm(fact.place, fact.form);
    else if (fact.kind === "lookup") {
      const parsed = parseJson(fact.json);
      if (parsed.ok) args.addLookup({ ...fact, value: parsed.value });
    } else if (fact.kind === "wording") args.addWording(fact.text);
    else if (fact.kind === "read") knowledge.seen.note(fact.skeleton, fact.values);
    else if (fact.kind === "used") knowledge.seen.credit(fact.skeleton, fact.slot);
    else if (fact.kind === "prose") knowledge.prose.note(fact.skeleton, fact.whole, fact.runs);
    else if (fact.kind === "fate") {
      const fate = fact.young ? fates.young : fates.proven;
      fate.wrong += fact.wrong;
      fate.expected += fact.expected;
    } else wordings.add(fact.context, fact.pieces, fact);
  }
}
