/** A new template is tried on what is known before it is kept: wrong about anything, and it is dropped. */
import { predict } from "../answer/predict.js";
import { visible } from "../answer/read.js";
import { shortDigest } from "../template/digest.js";
import type { Template } from "../template/template.js";
import type { Turn } from "../template/turn.js";
import { meaningOf } from "../tree/entry.js";
import type { Exchange, Learnt } from "../tree/knowledge.js";
import { bindingsWitness } from "./evidence.js";
import type { Workshop } from "./index.js";

/** Equal for conversations that one template could fit: scope, roles, kinds of parts, tools. */
export function formOf(exchange: Exchange): string {
  return shortDigest(JSON.stringify([exchange.scope, exchange.turns.map((turn) => structureOf(visible(turn)))]));
}

/** The structure of a turn, without its content. */
export function structureOf(turn: Turn): unknown {
  return [
    turn.role,
    turn.name ?? null,
    turn.parts.map((part) => (part.kind === "call" ? part.tool : part.kind === "result" ? [part.call, part.error] : part.kind)),
  ];
}

/**
 * Keeps a template made of `origins` if it reproduces them and says of no known conversation of their form anything but
 * what the model said there. What it gets right beyond its origins is evidence: it was not made to.
 */
export function keepIfSound(template: Template, origins: readonly Exchange[], workshop: Workshop): Learnt | undefined {
  const [origin] = origins;
  const witnesses = witnessesFor(template, origins, workshop);
  if (!origin || !witnesses) return undefined;
  const isNew = workshop.isNew(template, origin);
  const learnt = workshop.keep(template, "induced", origin);
  // What was learned before from another example has been tested on these as they came; its own teacher is among them.
  if (isNew) for (const witness of witnesses) workshop.agree(learnt, witness);
  return learnt;
}

/** What a template gets right beyond its origins, as witnesses; `undefined` if it is not sound. */
export function witnessesFor(template: Template, origins: readonly Exchange[], workshop: Workshop): Set<string> | undefined {
  const [origin] = origins;
  if (!origin) return undefined;
  const witnesses = new Set<string>();
  for (const exchange of [...workshop.memory.of(formOf(origin)), ...origins]) {
    const said = predict(template, exchange.turns, workshop.evaluation);
    const isOrigin = origins.some((other) => other.id === exchange.id);
    if (said && meaningOf(said.reply) !== exchange.meaning) return undefined;
    if (!said && isOrigin) return undefined;
    if (said && !isOrigin) witnesses.add(bindingsWitness(said.bindings));
  }
  return witnesses;
}
