/** Asks the agents about an exchange, one after the other, each with what those before it have found. */
import { bindingsOf } from "../../answer/predict.js";
import { visible } from "../../answer/read.js";
import { order } from "../../template/derivation/analyse.js";
import { callOf, type Expression, variable } from "../../template/derivation/expression.js";
import { printExpression } from "../../template/derivation/print.js";
import { domainOfKinds } from "../../template/domain.js";
import { type Json, scalarText } from "../../template/json.js";
import type { Slot, TurnPattern } from "../../template/template.js";
import type { Exchange } from "../../tree/knowledge.js";
import { Names } from "../flow/names.js";
import { Claims, patternOf } from "../flow/sites.js";
import type { Answered } from "./answers.js";
import { type Labelled, type Material, materialOf, plainJson, shown } from "./material.js";
import type { Agent } from "./model.js";
import { type Derivation, type Proposal, Refused, type Span } from "./proposal.js";
import { locate, type Unnamed } from "./spans.js";
import { type Variables, variablesIn } from "./variables.js";

/** Puts a question to an agent. `undefined`: this agent is left out. Rejects where it gave no answer. */
export type Ask = <Of extends Agent>(agent: Of, input: unknown) => Promise<Answered<Of> | undefined>;

/** What is asked about. */
export interface Case {
  readonly exchange: Exchange;
  /** Others that nothing explains either, to be shown beside it. */
  readonly alike: readonly Exchange[];
  readonly inherited: ReadonlyMap<string, string>;
  /** Names of functions that the user has registered. */
  readonly functions: readonly string[];
}

/** What the agents made of it. */
export interface Consulted {
  readonly proposal: Proposal;
  readonly together: readonly Exchange[];
}

/**
 * The proposal of the agents; `undefined` if they had nothing to add. Throws `Refused` where what one of them
 * said cannot be used; then those after it are not asked.
 */
export async function consult(about: Case, ask: Ask): Promise<Consulted | undefined> {
  const material = materialOf(about.exchange);
  // 1. Which stretches are data.
  const { unnamed, together } = await identified(about, material, ask);
  if (!unnamed.some(({ at }) => !material.texts.get(at)?.isSaid)) return undefined;
  // 2. What they are called.
  const spans = await named(unnamed, about, { material, ask });
  const variables = variablesIn(spans, material);
  // 3. What follows from what. 4. How.
  const arranged = await arrange(about, { material, variables, ask });
  const derived = await deriveAll(about, { spans, material, variables, arranged, ask });
  const { entry } = arranged;
  return { proposal: { spans, ...derived, ...(entry !== undefined && { entry }) }, together };
}

async function identified(
  { exchange, alike }: Case,
  material: Material,
  ask: Ask,
): Promise<{ unnamed: readonly Unnamed[]; together: readonly Exchange[] }> {
  if (alike.length >= LEAST_ALIKE) {
    const all = [exchange, ...alike.slice(0, MOST_ALIKE)];
    const examples = all.map((each, number) => ({ number, ...shown(materialOf(each)) }));
    const answer = await ask("merge", { examples });
    if (answer) {
      const together = all.filter((_, number) => number > 0 && answer.together.includes(number));
      return { unnamed: locate(answer.spans, material), together };
    }
  }
  const answer = await ask("identify", shown(material));
  return { unnamed: locate(answer?.spans ?? [], material), together: [] };
}

// So many others are shown together with an exchange.
const LEAST_ALIKE = 2;
const MOST_ALIKE = 4;

async function named(
  unnamed: readonly Unnamed[],
  { inherited }: Case,
  { material, ask }: { readonly material: Material; readonly ask: Ask },
): Promise<Span[]> {
  const answer = await ask("name", {
    stretches: unnamed.map(({ at, start, end, text }, span) => {
      const whole = material.texts.get(at)?.site.text ?? "";
      return { span, at, text, in: whole.slice(Math.max(0, start - AROUND), end + AROUND) };
    }),
    known: [...inherited].map(([name, value]) => ({ name, value })),
    gave: material.given.map(({ name }) => name),
  });
  if (!answer) return unnamed.map((span, index) => ({ ...span, name: plainNames(unnamed)[index] as string }));
  const names = new Map(answer.names.map(({ span, name }) => [span, name]));
  return unnamed.map((span, index) => {
    const name = names.get(index);
    if (name === undefined) throw new Refused("bad-name");
    // A name from earlier in the conversation means what it meant there.
    const before = inherited.get(name);
    if (before !== undefined && before !== span.text) throw new Refused("name-clash");
    return { ...span, name };
  });
}

// How much is shown on either side of a stretch, in characters.
const AROUND = 80;

/** Names where no agent gives them: equal texts have one. */
function plainNames(unnamed: readonly Unnamed[]): string[] {
  const names = new Names();
  const known = new Map<string, string>();
  return unnamed.map(({ text }) => {
    const name = known.get(text) ?? names.take("text");
    known.set(text, name);
    return name;
  });
}

interface Arranged {
  /** What each variable may follow from. */
  readonly on: ReadonlyMap<string, readonly string[]>;
  readonly entry?: string | undefined;
}

async function arrange(
  { inherited }: Case,
  how: { readonly material: Material; readonly variables: Variables; readonly ask: Ask },
): Promise<Arranged> {
  const { variables, ask } = how;
  const { read, given, said } = variables;
  const conversation = [...read.keys(), ...given.keys()];
  // Nothing to arrange: all that is said is copied, and no two variables may depend on each other.
  if (said.size === 0 && read.size < 2 && given.size === 0) return { on: new Map() };
  const answer = await ask("arrange", {
    conversation: [
      ...[...read].map(([variable, value]) => ({ variable, value })),
      ...[...given].map(([variable, value]) => ({ variable, value: plainJson(value) })),
    ],
    reply: [...said].map(([variable, value]) => ({ variable, value })),
    known: [...inherited.keys()],
  });
  if (!answer) return { on: new Map([...said.keys()].map((name) => [name, conversation])) };
  const on = new Map<string, readonly string[]>();
  for (const { variable: name, on: from } of answer.depends) {
    if (on.has(name)) throw new Refused("name-clash");
    for (const each of [name, ...from])
      if (!read.has(each) && !given.has(each) && !said.has(each)) throw new Refused("unknown-variable");
    // What is known from earlier follows from nothing, and what tools gave does not either.
    if (from.length > 0 && !inherited.has(name) && !given.has(name)) on.set(name, from);
  }
  const graph = new Map([...on].map(([name, from]) => [name, callOf("list", ...from.map(variable))]));
  if (!order(graph).ok) throw new Refused("cyclic");
  for (const name of said.keys()) if (!on.has(name)) throw new Refused("not-derived");
  return { on, entry: answer.entry ?? undefined };
}

async function deriveAll(
  { alike, functions }: Case,
  how: {
    readonly spans: readonly Span[];
    readonly material: Material;
    readonly variables: Variables;
    readonly arranged: Arranged;
    readonly ask: Ask;
  },
): Promise<{ derivations: readonly Derivation[]; conditions: readonly string[] }> {
  const { spans, material, variables, arranged, ask } = how;
  const { on } = arranged;
  const { read, given, said } = variables;
  // All that is said is copied, and no result is there whose values may decide.
  if (on.size === 0 && given.size === 0) return { derivations: [], conditions: [] };
  const valueOf = (name: string): unknown => {
    const value = given.get(name);
    return value === undefined ? (read.get(name) ?? said.get(name)) : plainJson(value);
  };
  const answer = await ask("derive", {
    variables: [...on].map(([name, from]) => ({
      variable: name,
      value: valueOf(name),
      on: from.map((each) => ({ variable: each, value: valueOf(each) })),
    })),
    conversation: [...read.keys(), ...given.keys()].map((name) => ({ variable: name, value: valueOf(name) })),
    examples: alike.flatMap((other) => exampleOf(other, spans, material) ?? []),
    own: functions,
  });
  const derivations: Derivation[] = [];
  for (const { variable: name, expression, table } of answer?.derivations ?? []) {
    const from = on.get(name);
    if (!from) throw new Refused("not-arranged");
    const text = expression ?? (table && tableText(table));
    if (text === null) continue;
    derivations.push({ variable: name, expression: text, on: from });
  }
  return { derivations, conditions: answer?.conditions ?? [] };
}

function tableText({
  of,
  rows,
}: {
  readonly of: string;
  readonly rows: readonly { key: string; value: string }[];
}): string {
  const table = new Map<string, Json>();
  for (const { key, value } of rows) {
    // One key with two values is no table.
    if (table.has(key) && table.get(key) !== value) throw new Refused("not-derived");
    table.set(key, value);
  }
  const lookup: Expression = {
    kind: "call",
    name: "lookup",
    args: [variable(of), { kind: "literal", value: table }],
  };
  return printExpression(lookup);
}

/** What another exchange of the same form has where the variables are; nothing if it is of another form. */
function exampleOf(
  other: Exchange,
  spans: readonly Span[],
  material: Material,
): readonly Record<string, unknown>[] | undefined {
  const claims = { heard: new Claims<Slot>(), said: new Claims<Slot>() };
  for (const { at, start, end, name } of spans) {
    const { site, isSaid } = material.texts.get(at) as Labelled;
    const place = { name, domain: domainOfKinds("any") };
    claims[isSaid ? "said" : "heard"].add(site.key, { start, end, place });
  }
  const turns = material.turns.map((turn, index): TurnPattern<Slot> | undefined => {
    const whole = patternOf(turn, index, claims.heard);
    return (
      whole && {
        ...whole,
        parts: whole.parts.map((part, at) => {
          const result = material.given.find((each) => each.turn === index && each.part === at);
          if (!result) return part;
          const place = { name: result.name, domain: domainOfKinds("json") };
          return { kind: "json", value: { kind: "value", place } };
        }),
      }
    );
  });
  const reply = patternOf(material.said, 0, claims.said);
  if (!reply || turns.some((turn) => turn === undefined)) return undefined;
  const bound = bindingsOf([...(turns as TurnPattern<Slot>[]), reply], [...other.turns, visible(other.said)]);
  if (!bound) return undefined;
  return [
    Object.fromEntries(
      [...bound].map(([name, value]) => [name, scalarText(value) ?? plainJson(value)]),
    ) as Record<string, unknown>,
  ];
}
