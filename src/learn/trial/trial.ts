/** A new template is tried on what is known before it is kept: wrong about anything, and it is dropped. */
import { predict, speak } from "../../answer/predict.js";
import type { Template } from "../../template/template.js";
import { meaningOf } from "../../tree/entry.js";
import type { Exchange, Learnt } from "../../tree/knowledge.js";
import type { Workshop } from "../stage.js";
import { witnessOf } from "./witness.js";

/**
 * Keeps a template made of `origins` if it reproduces them and says of no known exchange of its wording anything but what
 * the model said there. What it gets right beyond its origins is evidence: it was not made to. One that is known already
 * has been tried on all of that as it came.
 */
export function keepIfSound(template: Template, origins: readonly Exchange[], workshop: Workshop): Learnt | undefined {
  const [origin] = origins;
  if (!origin) return undefined;
  const known = workshop.known(template, origin);
  if (known) return workshop.knowledge.evidence(known).contradictions.size === 0 ? known : undefined;
  const witnesses = witnessesFor(template, origins, workshop);
  if (!witnesses) return undefined;
  const isNew = workshop.isNew(template, origin);
  const learnt = workshop.keep(template, "induced", origin);
  // Where a template with other domains was learned before, its own origin is among the witnesses.
  if (isNew) for (const witness of witnesses) workshop.agree(learnt, witness);
  return learnt;
}

/** What a template gets right beyond its origins, as witnesses; `undefined` if it is not sound. */
export function witnessesFor(template: Template, origins: readonly Exchange[], workshop: Workshop): Set<string> | undefined {
  const [first] = origins;
  if (!first) return undefined;
  for (const origin of origins) {
    const said = predict(template, origin.turns, workshop.evaluation);
    if (!said || meaningOf(said.reply) !== origin.meaning) return undefined;
  }
  const witnesses = new Set<string>();
  const isOrigin = new Set(origins.map(({ id }) => id));
  for (const { exchange, bindings } of workshop.memory.fitting(template, first.scope)) {
    if (isOrigin.has(exchange.id)) continue;
    const reply = speak(template, bindings, workshop.evaluation);
    if (!reply) continue;
    if (meaningOf(reply) !== exchange.meaning) return undefined;
    witnesses.add(witnessOf(template, bindings, exchange));
  }
  return witnesses;
}
