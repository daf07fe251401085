/** The turns of a template, from what was found of their data. */
import { domainOfKinds } from "../../template/domain.js";
import { holding, wordsIn } from "../../template/parts/index.js";
import { shapeWith } from "../../template/shape.js";
import type { PartPattern, Slot, TurnPattern } from "../../template/template.js";
import type { Names } from "./names.js";
import type { Result } from "./result-paths.js";
import type { Sources } from "./sources.js";

/**
 * The conversation's turns with the slots of `sources`, which stays as it is; `undefined` if two slots touch.
 */
export async function patternsOf(sources: Sources): Promise<TurnPattern<Slot>[] | undefined> {
  const { pace, scene } = sources;
  const patterns: TurnPattern<Slot>[] = [];
  const names = sources.slots.names.copy();
  for (const [index, turn] of scene.turns.entries()) {
    const plain = sources.slots.pattern(turn, index);
    if (!plain) return undefined;
    patterns.push(loosened(plain, index, { sources, names }));
    pace.spend(1);
    if (pace.tired) await pace.rest();
  }
  return patterns;
}

/**
 * A turn with results bound whole, and with a slot that takes anything for words that say nothing about the
 * reply.
 */
function loosened(
  turn: TurnPattern<Slot>,
  index: number,
  { sources, names }: { sources: Sources; names: Names },
): TurnPattern<Slot> {
  const hasCalls = turn.parts.some((part) => part.kind === "call");
  const anything = (part: PartPattern<Slot>, stem: string): PartPattern<Slot> =>
    holding(part, { text: [{ name: names.take(stem), domain: domainOfKinds("any") }] });
  const parts = turn.parts.map((part, at) => {
    const result = sources.resultAt(index, at);
    // With the question left open, a result that says nothing to the reply is all that tells one case from
    // another.
    if (result && (!sources.hasOpen || sources.isRead(result))) return wholeResult(result, sources.dataKeys);
    if (wordsIn(part) === undefined) return part;
    if (sources.isOpen(index)) return anything(part, "asked");
    // What the assistant said beside a call is worded anew each time; what it did stands in the call.
    return hasCalls ? anything(part, "said") : part;
  });
  return { ...turn, parts };
}

/** A result as one slot, which takes JSON of the same shape. */
function wholeResult({ name, value }: Result, dataKeys: ReadonlySet<string>): PartPattern<Slot> {
  const domain = { kinds: [], values: [], except: [], shapes: [shapeWith(value, dataKeys)] };
  return { kind: "json", value: { kind: "value", place: { name, domain } } };
}
