/** A new template is tried on what is known before it is kept: wrong about anything, and it is dropped. */
import { lastStepOf } from "../../answer/continuation.js";
import { predict } from "../../answer/predict.js";
import { visible } from "../../answer/read.js";
import { shortDigest } from "../../template/digest.js";
import type { Template } from "../../template/template.js";
import type { Turn } from "../../template/turn.js";
import { meaningOf } from "../../tree/entry.js";
import type { Exchange, Learnt } from "../../tree/knowledge.js";
import type { Workshop } from "../stage.js";
import { witnessOf } from "./witness.js";

/** Equal for conversations that one template could fit: scope, roles, kinds of parts, tools. */
export function formOf(exchange: Exchange): string {
  return shortDigest(JSON.stringify([exchange.scope, exchange.turns.map((turn) => structureOf(visible(turn)))]));
}

/** The same for templates that continue from the last step; equal for all conversations that end in none. */
export function stepFormOf(exchange: Exchange): string {
  const step = lastStepOf(exchange.turns.map(visible));
  return shortDigest(JSON.stringify([exchange.scope, step?.turns.map(structureOf) ?? null]));
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
export async function keepIfSound(template: Template, origins: readonly Exchange[], workshop: Workshop): Promise<Learnt | undefined> {
  const [origin] = origins;
  const witnesses = await witnessesFor(template, origins, workshop);
  if (!origin || !witnesses) return undefined;
  if (workshop.pace.overdue) await workshop.pace.rest();
  const isNew = workshop.isNew(template, origin);
  if (workshop.pace.overdue) await workshop.pace.rest();
  const learnt = workshop.keep(template, "induced", origin);
  // What was learned before from another example has been tested on these as they came; its own teacher is among them.
  if (isNew) for (const witness of witnesses) workshop.agree(learnt, witness);
  return learnt;
}

/** What a template gets right beyond its origins, as witnesses; `undefined` if it is not sound. */
export async function witnessesFor(template: Template, origins: readonly Exchange[], workshop: Workshop): Promise<Set<string> | undefined> {
  const [origin] = origins;
  if (!origin) return undefined;
  const witnesses = new Set<string>();
  const known = template.continuation ? workshop.steps.of(stepFormOf(origin)) : workshop.memory.of(formOf(origin));
  for (const exchange of [...known, ...origins]) {
    workshop.pace.spend(1);
    if (workshop.pace.overdue) await workshop.pace.rest();
    const said = predict(template, exchange.turns, workshop.evaluation);
    const isOrigin = origins.some((other) => other.id === exchange.id);
    if (said && meaningOf(said.reply) !== exchange.meaning) return undefined;
    if (!said && isOrigin) return undefined;
    if (said && !isOrigin) witnesses.add(witnessOf(template, said.bindings, exchange));
  }
  return witnesses;
}
