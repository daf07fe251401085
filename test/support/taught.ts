/** Templates that were taught, and what they say in a scope where this and that is known. */
import { hydrate } from "../../src/answer/hydrate.js";
import { parseExpression } from "../../src/template/derivation/parse.js";
import type { Json } from "../../src/template/json.js";
import type { Hole, JsonPattern, PartPattern, ReplyPattern } from "../../src/template/template.js";
import { Knowledge, type Learnt } from "../../src/tree/knowledge.js";
import { kindOfPrediction, type Prediction, type PredictionKind } from "../../src/trust/kind.js";
import { learntOf, templateOf } from "./turns.js";

/** An argument is `=expression` for a hole, or a constant. */
export function call(tool: string, args: Record<string, string>): PartPattern<Hole> {
  const entries = Object.entries(args).map(([key, value]): [string, JsonPattern<Hole>] => [
    key,
    value.startsWith("=")
      ? { kind: "text", text: [{ hypotheses: [parseExpression(value.slice(1))] }] }
      : { kind: "literal", value },
  ]);
  return { kind: "call", tool, args: { kind: "object", entries: new Map(entries) } };
}

export function taught(
  question: string,
  reply: string | ReplyPattern<Hole>["parts"][number],
  { guards = [], scope = "s" }: { guards?: string[]; scope?: string } = {},
): Learnt {
  const template = templateOf(question, typeof reply === "string" ? reply : "", guards);
  const parts = typeof reply === "string" ? template.reply.parts : [reply];
  return learntOf({ ...template, reply: { ...template.reply, parts } }, { scope, at: 0, origin: "induced" });
}

export interface Known {
  readonly held?: Record<string, readonly string[]>;
  readonly forms?: Record<string, string>;
  readonly agreements?: number;
  readonly minAgreements?: number;
}

/** What a template says with some bindings, in a scope where arguments have held this and that. */
export function predictionIn(
  learnt: Learnt,
  bindings: Record<string, string>,
  { held = {}, forms = {}, agreements = 0 }: Known = {},
): { readonly prediction: Prediction; readonly knowledge: Knowledge } {
  const knowledge = new Knowledge({ maxEntries: 100, maxSize: 1e9 });
  knowledge.add(learnt);
  const { args } = knowledge.scope(learnt.scope);
  for (const [place, texts] of Object.entries(held)) for (const text of texts) args.add(place, text);
  for (const [place, form] of Object.entries(forms))
    for (let count = 0; count < 2; count++) args.addForm(place, form);
  for (let index = 0; index < agreements; index++) knowledge.agree(learnt.skeleton, `w${index}`);
  const read = new Map<string, Json>(Object.entries(bindings));
  const values = new Map<Hole, Json>();
  const reply = hydrate(learnt.template.reply, read, { values });
  if (!reply) throw new Error("the reply cannot be made");
  knowledge.seen.note(learnt.skeleton, Object.entries(bindings));
  return { prediction: { learnt, bindings: read, values, reply }, knowledge };
}

/** The kind of that. */
export function kindIn(learnt: Learnt, bindings: Record<string, string>, known: Known = {}): PredictionKind {
  const { prediction, knowledge } = predictionIn(learnt, bindings, known);
  return kindOfPrediction(prediction, knowledge, { minAgreements: known.minAgreements ?? 2 });
}
