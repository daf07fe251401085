/** What a reply shows its labels to stand for: which texts of the conversation led to which of its values. */
import { type EvaluateOptions, evaluate } from "../../template/derivation/evaluate.js";
import type { Bindings, Expression } from "../../template/derivation/expression.js";
import { equalJson, type Json, printJson } from "../../template/json.js";
import { leavesOf } from "../../template/leaves.js";
import type { Hole, ReplyPattern, Template } from "../../template/template.js";
import { asksScope, contextOf, isLookedUp } from "../../template/traits.js";
import { meaningOf } from "../../tree/entry.js";
import type { Fact } from "../../tree/facts.js";
import type { Observation } from "../observation.js";
import type { Workshop } from "../stage.js";
import { proposalsFor } from "./predictions.js";
import { readReply } from "./read-reply.js";

type Lookup = Extract<Fact, { kind: "lookup" }>;

/**
 * The pairs that an observed reply shows by the templates that fit its conversation and its form, whether they
 * knew what to say or not.
 */
export function lookupsShown(observation: Observation, workshop: Workshop): Lookup[] {
  const { exchange } = observation;
  const shown = proposalsFor(observation, workshop).flatMap(({ learnt, bindings, reply }) => [
    ...lookupsIn(learnt.template, bindings, { observation, workshop }),
    ...(typeof reply === "object" && meaningOf(reply) === exchange.meaning
      ? tablesIn(learnt.template.reply)
      : []),
  ]);
  return [...new Map(shown.map((fact) => [JSON.stringify([fact.place, fact.text]), fact])).values()];
}

/** The same of one template's reply, with what it has read. */
export function lookupsIn(
  template: Pick<Template, "turns" | "reply">,
  bindings: Bindings,
  { observation, workshop }: { readonly observation: Observation; readonly workshop: Workshop },
): Lookup[] {
  const { reply } = template;
  if (!isLookedUp(reply)) return [];
  const context = contextOf(template, bindings);
  const evaluation = { ...workshop.evaluation, context };
  const found = [...(readReply(reply, observation.exchange.said)?.once ?? [])].flatMap(
    ([{ hypotheses }, value]) => hypotheses.flatMap((way) => solved(way, value, { bindings, evaluation })),
  );
  return found.map((fact) => ({ ...fact, context }));
}

/** The tables of a template: what it was made of in one wording holds in every other. */
function tablesIn(reply: ReplyPattern<Hole>): Lookup[] {
  return leavesOf(reply).flatMap(({ place, content }) =>
    ("hole" in content ? content.hole.hypotheses : []).flatMap((way): Lookup[] => {
      const table = way.kind === "call" && way.name === "lookup" ? way.args[1] : undefined;
      const rows = table?.kind === "literal" && table.value instanceof Map ? [...table.value] : [];
      return rows.map(([text, value]) => ({ kind: "lookup", place, text, json: printJson(value) }));
    }),
  );
}

interface Around {
  readonly bindings: Bindings;
  readonly evaluation: EvaluateOptions;
}

/** What must be known for an expression to give a value. */
function solved(expression: Expression, value: Json | undefined, around: Around): Lookup[] {
  if (expression.kind !== "call" || value === undefined || !asksScope(expression)) return [];
  const [first, second] = expression.args;
  if (!first || !second) return [];
  if (expression.name === "known") return pairsOf(first, second, { value, ...around });
  if (expression.name === "object" && value instanceof Map) {
    const order = keysInOrder(first, second, { value, ...around });
    return [
      ...solved(first, order, around),
      ...solved(
        second,
        order.map((key) => value.get(key) ?? null),
        around,
      ),
    ];
  }
  if (expression.name === "records" && Array.isArray(value) && second.kind === "call") {
    const keys = valueOf(first, around);
    return second.args.flatMap((column, index) => {
      const key = Array.isArray(keys) ? keys[index] : undefined;
      const values = value.map((item) =>
        item instanceof Map && typeof key === "string" ? item.get(key) : undefined,
      );
      return values.includes(undefined) ? [] : solved(column, values as Json[], around);
    });
  }
  return [];
}

interface Solving extends Around {
  readonly value: Json;
}

function pairsOf(texts: Expression, place: Expression, { value, ...around }: Solving): Lookup[] {
  const [keys, at] = [valueOf(texts, around), valueOf(place, around)];
  const all = Array.isArray(keys) ? keys : [keys];
  const values = Array.isArray(keys) && Array.isArray(value) ? value : [value];
  if (typeof at !== "string" || all.length !== values.length) return [];
  return all.flatMap((text, index): Lookup[] =>
    typeof text === "string"
      ? [{ kind: "lookup", place: at, text, json: printJson(values[index] as Json) }]
      : [],
  );
}

/**
 * The keys of an object in the order of the lists that it is made of: by its keys where these are known, else
 * by its values, else as they stand.
 */
function keysInOrder(
  keys: Expression,
  values: Expression,
  { value, ...around }: Solving & { readonly value: ReadonlyMap<string, Json> },
): string[] {
  const [known, held] = [valueOf(keys, around), valueOf(values, around)];
  const entries = [...value];
  if (Array.isArray(known) && known.every((key) => typeof key === "string" && value.has(key)))
    return known as string[];
  if (Array.isArray(held)) {
    const ordered = held.map((each) => entries.filter(([, other]) => equalJson(each, other)));
    if (ordered.every(({ length }) => length === 1)) return ordered.map(([entry]) => entry?.[0] ?? "");
  }
  return entries.map(([key]) => key);
}

function valueOf(expression: Expression, { bindings, evaluation }: Around): Json | undefined {
  const result = evaluate(expression, bindings, evaluation);
  return result.ok ? result.value : undefined;
}
