/** What tells one piece of evidence from another. */
import type { Bindings } from "../../template/derivation/expression.js";
import { shortDigest, turnKey } from "../../template/digest.js";
import { canonicalJson, scalarText } from "../../template/json.js";
import type { Template } from "../../template/template.js";
import { isLoose } from "../../template/traits.js";
import type { Exchange } from "../../tree/knowledge.js";

/**
 * What tells one agreement of a template from another: its bindings. Where what the user asked is left open,
 * or what came before the last step, the question alone: one question in a hundred conversations says nothing
 * about another.
 */
export function witnessOf(template: Template, captured: Bindings, { turns }: Exchange): string {
  if (!template.continuation && !isLoose(template)) return bindingsWitness(captured);
  return shortDigest(
    `asked ${turns.flatMap((turn) => (turn.role === "user" ? [turnKey(turn)] : [])).join(" ")}`,
  );
}

/**
 * Equal for equal bindings: what tells one piece of evidence from another. A number is the same as its text.
 */
export function bindingsWitness(captured: Bindings): string {
  const values = new Map([...captured].map(([name, value]) => [name, scalarText(value) ?? value]));
  return shortDigest(`bindings ${canonicalJson(values)}`);
}
