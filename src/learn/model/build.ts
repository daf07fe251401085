/** Makes templates of a proposal: the patterns of the turns and the reply, or the reason why not. */
import { lastStepOf } from "../../answer/last-step.js";
import { variablesOf } from "../../template/derivation/analyse.js";
import type { EvaluateOptions } from "../../template/derivation/evaluate.js";
import { callOf, variable } from "../../template/derivation/expression.js";
import { domainOfKinds } from "../../template/domain.js";
import { holding, wordsIn } from "../../template/parts/index.js";
import { shapeOf } from "../../template/shape.js";
import type {
  Hole,
  PartPattern,
  ReplyPattern,
  Slot,
  Template,
  TurnPattern,
} from "../../template/template.js";
import { variablesIn as variablesOfReply } from "../../template/traits.js";
import type { Turn } from "../../template/turn.js";
import { placesOf } from "../../template/visit.js";
import type { Exchange } from "../../tree/knowledge.js";
import { isProse } from "../../trust/prose.js";
import { mentionsOf } from "../flow/mentions.js";
import { Names } from "../flow/names.js";
import { Claims, patternOf } from "../flow/sites.js";
import { slotLike } from "../flow/slots.js";
import { derive, type Made } from "./derivations.js";
import { type Labelled, type Material, materialOf } from "./material.js";
import { type Proposal, Refused, type Span } from "./proposal.js";
import { checkSpans } from "./spans.js";
import { type Variables, variablesIn } from "./variables.js";

/**
 * The templates of a proposal: one of the whole conversation and, where it names an entry that nothing before
 * the last step is needed for, one of the last step. Throws `Refused`. Nothing was tried on other exchanges.
 */
export function build(exchange: Exchange, proposal: Proposal, evaluation: EvaluateOptions): Template[] {
  const material = materialOf(exchange);
  const { spans } = proposal;
  checkSpans(spans, material.texts);
  const variables = variablesIn(spans, material);
  const derived = derive(proposal, variables, evaluation);
  refuseOverGeneral(spans, material);
  const reply = replyOf(spans, material, derived.said);
  const template = { turns: turnsOf(spans, variables, material), reply, guards: derived.guards };
  refuseSmuggled(template, spans, material);
  const entry = proposal.entry === undefined ? undefined : enteredAt(template);
  return entry ? [template, entry] : [template];
}

/** The patterns of the turns: identified stretches as slots, results whole, words beside calls open. */
function turnsOf(
  spans: readonly Span[],
  { read, given }: Variables,
  material: Material,
): TurnPattern<Slot>[] {
  const { turns, texts } = material;
  const claims = new Claims<Slot>();
  const names = new Names([...read.keys(), ...given.keys()]);
  for (const { at, start, end, text, name } of spans) {
    const { site, isSaid } = texts.get(at) as Labelled;
    if (!isSaid) claims.add(site.key, { start, end, place: slotLike(text, name) });
  }
  const called = new Map([...read].map(([name, text]) => [text, name]));
  for (const { site, isSaid } of texts.values()) {
    // What an earlier call was given follows from what came before it: the same variable, or left open.
    if (isSaid || site.voice !== "made" || claims.of(site.key).length > 0 || site.text === "") continue;
    const known = called.get(site.text);
    if (known === undefined && /^[\p{Ll}_]+$/u.test(site.text)) continue;
    const name = known ?? names.take("passed");
    claims.add(site.key, { start: 0, end: site.text.length, place: slotLike(site.text, name) });
  }
  return turns.map((turn, index) => {
    const pattern = patternOf(turn, index, claims);
    if (!pattern) throw new Refused("overlapping");
    return opened(pattern, index, { material, names });
  });
}

function opened(
  turn: TurnPattern<Slot>,
  index: number,
  { material, names }: { readonly material: Material; readonly names: Names },
): TurnPattern<Slot> {
  const hasCalls = turn.parts.some((part) => part.kind === "call");
  return {
    ...turn,
    parts: turn.parts.map((part, at): PartPattern<Slot> => {
      const result = material.given.find((each) => each.turn === index && each.part === at);
      if (result) {
        const domain = { kinds: [], values: [], except: [], shapes: [shapeOf(result.value)] };
        return { kind: "json", value: { kind: "value", place: { name: result.name, domain } } };
      }
      if (!hasCalls || wordsIn(part) === undefined) return part;
      return holding(part, { text: [{ name: names.take("said"), domain: domainOfKinds("any") }] });
    }),
  };
}

/** The reply: what is copied or derived as holes, the rest as it stands there. */
function replyOf(
  spans: readonly Span[],
  { said, texts }: Material,
  derived: ReadonlyMap<string, Made>,
): ReplyPattern<Hole> {
  const claims = new Claims<Hole>();
  for (const { at, start, end, name } of spans) {
    const { site, isSaid } = texts.get(at) as Labelled;
    if (!isSaid) continue;
    // What is read out of a message is text; a number in JSON is none.
    const { expression, isText } = derived.get(name) ?? { expression: variable(name), isText: true };
    const typed = site.whole && isText ? callOf("from_json", expression) : expression;
    claims.add(site.key, { start, end, place: { hypotheses: [typed] } });
  }
  const pattern = patternOf(said, 0, claims);
  if (!pattern) throw new Refused("overlapping");
  if (!said.parts.some(({ kind }) => kind === "call")) return pattern;
  // Words beside a call that say data of this conversation alone: another one must not be told it.
  return {
    ...pattern,
    parts: pattern.parts.filter((part) => {
      const words = wordsIn(part);
      return !words?.some((segment) => typeof segment === "string" && mentionsOf(segment).length > 0);
    }),
  };
}

/**
 * A message of the user that keeps too few words of its own is no form of a message. One that is data as a
 * whole may be, where the reply is made of it.
 */
function refuseOverGeneral(spans: readonly Span[], { turns, texts }: Material): void {
  for (const { at, site, isSaid } of texts.values()) {
    if (isSaid || turns[site.turn]?.role !== "user") continue;
    const own = spans.filter((span) => span.at === at);
    if (own.length === 0) continue;
    const [only] = own;
    const isWhole = own.length === 1 && only?.start === 0 && only.end === site.text.length;
    if (isWhole && only.use === "data") continue;
    let words = 0;
    let from = 0;
    for (const { start, end } of [...own, { start: site.text.length, end: site.text.length }]) {
      words += countWords(site.text.slice(from, start));
      from = end;
    }
    if (isWhole || words < own.length) throw new Refused("over-general");
  }
}

/** Words; a sign that says what is to be done, as in `12 * 75`, counts for the two it stands between. */
function countWords(text: string): number {
  return (text.match(WORD)?.length ?? 0) + 2 * (text.match(SIGN)?.length ?? 0);
}

const WORD = /[\p{L}\p{N}]+/gu;
const SIGN = /[*+/=<>%^&|→-]/gu;

/**
 * A call must not take from running text in a tool's result what the user's words do not say: somebody else
 * may have written it there.
 */
function refuseSmuggled({ reply }: Template, spans: readonly Span[], { turns, texts }: Material): void {
  if (!reply.parts.some(({ kind }) => kind === "call")) return;
  const used = variablesOfReply(reply);
  const isTold = ({ at }: Span): boolean => {
    const labelled = texts.get(at);
    const role = labelled && !labelled.isSaid ? turns[labelled.site.turn]?.role : undefined;
    return (role === "tool" || role === "function") && isProse(labelled?.site.text ?? "");
  };
  const elsewhere = new Set(
    spans.filter((span) => !texts.get(span.at)?.isSaid && !isTold(span)).map(({ name }) => name),
  );
  for (const span of spans)
    if (isTold(span) && used.has(span.name) && !elsewhere.has(span.name)) throw new Refused("smuggled");
}

/** The same of the last step alone, if that is all it reads. */
function enteredAt(template: Template): Template | undefined {
  // Roles and the kinds of parts are all that is looked at: patterns have them as turns do.
  const step = lastStepOf(template.turns as unknown as readonly Turn[]);
  if (!step) return undefined;
  const turns = step.turns as unknown as readonly TurnPattern<Slot>[];
  const names = new Set(turns.flatMap((turn) => placesOf(turn).map(({ name }) => name)));
  const needed = [
    ...variablesOfReply(template.reply),
    ...template.guards.flatMap((guard) => [...variablesOf(guard)]),
  ];
  return needed.every((name) => names.has(name)) ? { ...template, turns, continuation: true } : undefined;
}
