/** What an exchange shows of its scope, as plain data: it can be told to another copy of what is known. */
import type { ScopeTree } from "./known.js";

/** One thing shown. */
export type Fact =
  /** A place held a value. */
  | { readonly kind: "value"; readonly place: string; readonly text: string }
  /** A place's value was derived in a certain way. */
  | { readonly kind: "form"; readonly place: string; readonly form: string }
  /** A text was no data. */
  | { readonly kind: "wording"; readonly text: string }
  /** A question was worded so; see `Wordings.add`. */
  | {
      readonly kind: "asked";
      readonly context: string;
      readonly pieces: readonly string[];
      readonly meaning: string;
      readonly witness: string;
    };

/** Adds what was shown to what is known of a scope's arguments and wordings. */
export function takeIn({ args, wordings }: Pick<ScopeTree, "args" | "wordings">, facts: readonly Fact[]): void {
  for (const fact of facts) {
    if (fact.kind === "value") args.add(fact.place, fact.text);
    else if (fact.kind === "form") args.addForm(fact.place, fact.form);
    else if (fact.kind === "wording") args.addWording(fact.text);
    else wordings.add(fact.context, fact.pieces, fact.meaning, fact.witness);
  }
}
