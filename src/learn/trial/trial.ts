/** A new template is tried on what is known before it is kept: wrong about anything, and it is dropped. */
import { predict, speak } from "../../answer/predict.js";
import type { Bindings } from "../../template/derivation/expression.js";
import type { Template } from "../../template/template.js";
import { asksHeld, isLookedUp } from "../../template/traits.js";
import { meaningOf } from "../../tree/entry.js";
import type { Exchange, Learnt } from "../../tree/knowledge.js";
import type { Workshop } from "../stage.js";
import type { Fitting } from "./exchange-tree.js";
import { isCutByChance } from "./number-cut.js";
import { factsOf } from "./predictions.js";
import { witnessOf } from "./witness.js";

/**
 * Keeps a template made of `origins` if it reproduces them and says of no known exchange of its wording
 * anything but what the model said there, or of none since the model or a tool has changed. What it gets
 * right beyond its origins is evidence: it was not made to. One that is known already has been tried on all
 * of that as it came.
 */
export async function keepIfSound(
  template: Template,
  origins: readonly Exchange[],
  workshop: Workshop,
): Promise<Learnt | undefined> {
  const [origin] = origins;
  if (!origin) return undefined;
  const known = workshop.known(template, origin);
  if (known) return workshop.knowledge.evidence(known).contradictions.size === 0 ? known : undefined;
  const sound = await trial(template, origins, workshop);
  if (!sound) return undefined;
  const right = origins.length + sound.witnesses.size;
  if (await isCutByChance(template, origin.scope, { right, workshop })) return undefined;
  if (workshop.pace.overdue) await workshop.pace.rest();
  const isNew = workshop.isNew(template, origin);
  if (workshop.pace.overdue) await workshop.pace.rest();
  const learnt = workshop.keep(template, "induced", origin);
  // Where a template with other domains was learned before, its own origin is among the witnesses; and what a
  // text is known to stand for, or where it has been a value, was learned from them.
  if (isNew && !isLookedUp(template.reply) && !template.guards.some(asksHeld))
    for (const witness of sound.witnesses) workshop.agree(learnt, witness);
  workshop.know(
    origin.scope,
    sound.read.flatMap((bindings) => factsOf(learnt, bindings, workshop)),
  );
  return learnt;
}

/** What a template gets right beyond its origins, as witnesses; `undefined` if it is not sound. */
export async function witnessesFor(
  template: Template,
  origins: readonly Exchange[],
  workshop: Workshop,
): Promise<Set<string> | undefined> {
  return (await trial(template, origins, workshop))?.witnesses;
}

/**
 * What a sound template gets right: witnesses beyond its origins, and what it reads in them and in its
 * origins.
 */
interface Sound {
  readonly witnesses: Set<string>;
  readonly read: readonly Bindings[];
}

async function trial(
  template: Template,
  origins: readonly Exchange[],
  workshop: Workshop,
): Promise<Sound | undefined> {
  const { knowledge, memory, evaluation, pace } = workshop;
  const [first] = origins;
  if (!first) return undefined;
  const read: Bindings[] = [];
  for (const origin of origins) {
    pace.spend(1);
    if (pace.overdue) await pace.rest();
    const said = predict(template, origin.turns, evaluation);
    if (!said || meaningOf(said.reply) !== origin.meaning) return undefined;
    read.push(said.bindings);
  }
  const isOrigin = new Set(origins.map(({ id }) => id));
  const right: (Fitting & { readonly witness: string })[] = [];
  let lastWrong = 0;
  let firstRight = Number.POSITIVE_INFINITY;
  for (const fitting of await memory.fitting(template, first.scope, pace)) {
    const { exchange, bindings, order } = fitting;
    if (isOrigin.has(exchange.id)) continue;
    pace.spend(1);
    if (pace.overdue) await pace.rest();
    const reply = speak(template, bindings, evaluation);
    if (!reply) continue;
    const meaning = meaningOf(reply);
    if (meaning === exchange.meaning) {
      right.push({ ...fitting, witness: witnessOf(template, bindings, exchange) });
      firstRight = Math.min(firstRight, order);
    } else if (!knowledge.sightings.isApart(exchange.id, meaning)) lastWrong = Math.max(lastWrong, order);
    if (firstRight < lastWrong) return undefined;
  }
  const witnesses = new Set(right.map(({ witness }) => witness));
  // Wrong about something: it may hold from a certain time on, if it was wrong about all before and right
  // about many since.
  if (lastWrong > 0 && witnesses.size < SINCE) return undefined;
  return { witnesses, read: [...read, ...right.map(({ bindings }) => bindings)] };
}

// So many agreements with different bindings, and none before them, tell a change of the model or a tool from
// chance.
const SINCE = 8;
