/** Data flow, from one example: a value of the reply that also stands in the conversation is data, on both sides. */

import { type Expression, variable } from "../template/derivation/expression.js";
import { type Domain, domainOfKinds } from "../template/domain.js";
import { type Json, Numeral } from "../template/json.js";
import { shapeOf } from "../template/shape.js";
import type { Hole, Slot, Template, TurnPattern } from "../template/template.js";
import type { Turn } from "../template/turn.js";
import { literalTurn, mapPlaces } from "../template/visit.js";
import { isBoundary } from "./bind-values.js";
import { formsOf } from "./forms.js";
import { mentionsOf, tokensOf } from "./mentions.js";
import { reachOf } from "./reach.js";
import { Claims, patternOf, type Site, siteKey, sitesOf } from "./sites.js";

/**
 * The template one exchange suggests: every value that flows into the reply, or into a call on the way to it, is a slot;
 * a tool's JSON result is bound whole; everything else is literal. `undefined` when nothing flows.
 */
export function dataFlow(turns: readonly Turn[], said: Turn): Template | undefined {
  return flowThrough(new Flow(turns), turns, said);
}

/**
 * The same with what looks like data in the user's words, but plays no part in this reply, left open too: a name that
 * a later step will need, a number, a quotation. `isData` tells values that arguments have held. `undefined` if there
 * is no such thing.
 */
export function openFlow(turns: readonly Turn[], said: Turn, isData: (text: string) => boolean): Template | undefined {
  const flow = new Flow(turns);
  const before = flowThrough(flow, turns, said);
  if (flow.ignore(isData) === 0) return undefined;
  const patterns = turns.map((turn, index) => flow.pattern(turn, index));
  if (patterns.some((pattern) => pattern === undefined)) return undefined;
  return { turns: patterns as Template["turns"], reply: before?.reply ?? mapPlaces(literalTurn(said), (never) => never), guards: [] };
}

/**
 * The same for a step further on: what the user asked led to the calls that were made, and is left open; the reply
 * follows from the calls and their results. `undefined` if the reply says anything that the user said.
 */
export function laterFlow(turns: readonly Turn[], said: Turn): Template | undefined {
  const asked = turns.map((turn) => turn.role === "user");
  const last = turns.at(-1);
  if (!asked.includes(true) || last?.role !== "tool" || turns.length < 3) return undefined;
  const questions = sitesOf(turns).filter((site) => asked[site.turn] && site.path === undefined);
  const replies = sitesOf([said]).filter(isValue);
  for (const reply of replies) {
    for (const { text } of reply.path === undefined ? mentionsOf(reply.text) : [reply]) {
      if (questions.some((question) => holds(question.text, text) || formsOf(text, reply.whole, question.text).length > 0))
        return undefined;
    }
  }
  return flowThrough(new Flow(turns, asked), turns, said);
}

function holds(text: string, value: string): boolean {
  for (let start = text.indexOf(value); start >= 0; start = text.indexOf(value, start + 1)) {
    if (isBoundary(text, start) && isBoundary(text, start + value.length)) return true;
  }
  return false;
}

function flowThrough(flow: Flow, turns: readonly Turn[], said: Turn): Template | undefined {
  const claims = new Claims<Hole>();
  const targets = targetsOf(said).sort((left, right) => right.text.length - left.text.length || left.order - right.order);
  const open: Target[] = [];
  // 1. What is copied as it is, the longest first; then what stands there in another form.
  const place = (target: Target, hole: Hole | undefined): void => {
    const key = siteKey(0, target.site.part, target.site.path);
    if (!hole) open.push(target);
    else if (claims.isFree(key, target.start, target.end)) claims.add(key, { start: target.start, end: target.end, place: hole });
  };
  for (const target of targets) place(target, flow.copy(target));
  for (const target of open.splice(0)) place(target, target.isArgument ? flow.derive(target) : undefined);
  // 2. The calls on the way, by the same rules.
  flow.follow();
  if (flow.isEmpty || open.some((target) => flow.mayHold(target.text))) return undefined;

  const patterns = turns.map((turn, index) => flow.pattern(turn, index));
  const reply = patternOf(said, 0, claims);
  if (!reply || patterns.some((pattern) => pattern === undefined)) return undefined;
  return { turns: patterns as Template["turns"], reply: withoutLooseTalk(reply, open), guards: [] };
}

/** Words beside a call are left out if they hold data that is not explained: another conversation must not be told it. */
function withoutLooseTalk(reply: TurnPattern<Hole>, open: readonly Target[]): TurnPattern<Hole> {
  const isCall = reply.parts.some((part) => part.kind === "call");
  if (!isCall || !open.some((target) => target.site.path === undefined)) return reply;
  return { ...reply, parts: reply.parts.filter((part) => part.kind !== "text") };
}

/** A stretch of the reply that might be data. */
interface Target {
  readonly site: Site;
  readonly start: number;
  readonly end: number;
  readonly text: string;
  /** A stem for the variable's name. */
  readonly name: string;
  readonly order: number;
  /** A whole argument: any value may be data. In running text only what looks like data is. */
  readonly isArgument: boolean;
}

function targetsOf(said: Turn): Target[] {
  const targets: Target[] = [];
  for (const site of sitesOf([said])) {
    const name = nameOf(site);
    if (site.path !== undefined) {
      if (!isValue(site)) continue;
      targets.push({ site, start: 0, end: site.text.length, text: site.text, name, order: targets.length, isArgument: true });
      if (site.whole || tokensOf(site.text).length < 2) continue;
    }
    for (const mention of mentionsOf(site.text)) targets.push({ ...mention, site, name, order: targets.length, isArgument: false });
  }
  return targets;
}

function isValue(site: Site): boolean {
  return site.text !== "" && !(site.whole && /^[a-z]/.test(site.text));
}

function nameOf(site: Site): string {
  const key = site.path?.findLast((step) => typeof step === "string");
  return typeof key === "string" && /^[\p{L}_][\p{L}\p{N}_]*$/u.test(key) ? key : "value";
}

/** The variables found so far, and the stretches of the conversation they stand in. */
class Flow {
  private readonly claims = new Claims<Slot>();
  private readonly sites: readonly Site[];
  private readonly isUser: readonly boolean[];
  private readonly results = new Map<string, { name: string; value: Json }>();
  private readonly names = new Map<string, string>();
  private readonly used = new Set<string>();
  /** Results that something was read out of. */
  private readonly read = new Set<string>();

  /** `open` marks turns whose text is left open: anything may stand there, and nothing is read out of it. */
  constructor(
    turns: readonly Turn[],
    private readonly open: readonly boolean[] = [],
  ) {
    this.isUser = turns.map((turn) => turn.role === "user");
    this.sites = sitesOf(turns).filter((site) => site.voice !== "fixed" && !open[site.turn]);
    for (const [turn, { parts }] of turns.entries()) {
      for (const [index, part] of parts.entries()) {
        if (part.kind === "json") this.results.set(`${turn}/${index}`, { name: this.fresh("result"), value: part.value });
      }
    }
  }

  get isEmpty(): boolean {
    return this.names.size === 0 && this.results.size === 0;
  }

  /** Whether a value that nothing explains stands in a result after all: then it may be data, and the result must not vary. */
  mayHold(text: string): boolean {
    return this.sites.some((site) => site.voice === "told" && this.results.has(`${site.turn}/${site.part}`) && holds(site.text, text));
  }

  /** A hole for a target whose value the conversation holds as it is. */
  copy(target: Target): Hole | undefined {
    const name = this.variableFor(target.text, target.name);
    if (name !== undefined) return { hypotheses: [asIs(name, target.site.whole)] };
    const paths = this.pathsTo(target);
    return paths.length > 0 ? { hypotheses: paths } : undefined;
  }

  /** A hole for a target whose value the conversation holds in another form: another case, a date in words. */
  derive(target: Target): Hole | undefined {
    for (const site of this.sites) {
      if (site.voice !== "told" || site.path !== undefined) continue;
      for (const { span, start, end, forms } of formsOf(target.text, target.site.whole, site.text)) {
        if (!this.names.has(span) && !this.claims.isFree(keyOf(site), start, end)) continue;
        const name = this.variableFor(span, target.name);
        if (name !== undefined) return { hypotheses: forms.map((form) => form(variable(name))) };
      }
    }
    return undefined;
  }

  /** Explains the arguments of earlier calls: what was sent on then is data too, and varies with its source. */
  follow(): void {
    for (const site of this.sites) {
      const key = keyOf(site);
      if (site.voice !== "made" || !isValue(site) || !this.claims.isFree(key, 0, site.text.length)) continue;
      const target: Target = { site, start: 0, end: site.text.length, text: site.text, name: nameOf(site), order: 0, isArgument: true };
      const hole = this.copy(target) ?? this.derive(target);
      if (!hole) continue;
      const [only] = hole.hypotheses;
      const name = only?.kind === "variable" && hole.hypotheses.length === 1 ? only.name : this.fresh(target.name);
      this.claims.add(key, { start: 0, end: site.text.length, place: slot(name, site.text) });
    }
  }

  /** Claims what looks like data among the user's words and is not claimed yet. Returns how much there was. */
  ignore(isData: (text: string) => boolean): number {
    let count = 0;
    for (const site of this.sites) {
      if (site.voice !== "told" || site.path !== undefined || !this.isUser[site.turn]) continue;
      const tokens = tokensOf(site.text);
      const known = tokens.flatMap((first, index) =>
        [3, 2, 1].flatMap((length) => {
          const last = tokens[index + length - 1];
          const text = last && site.text.slice(first.start, last.end);
          return last && text !== undefined && isData(text) ? [{ start: first.start, end: last.end, text }] : [];
        }),
      );
      const candidates = [...mentionsOf(site.text), ...known].sort(
        (left, right) => right.text.length - left.text.length || left.start - right.start,
      );
      for (const { start, end, text } of candidates) {
        if (!this.claims.isFree(keyOf(site), start - 1, end + 1)) continue;
        this.claims.add(keyOf(site), { start, end, place: slot(this.fresh("other"), text) });
        count++;
      }
    }
    return count;
  }

  pattern(turn: Turn, index: number): TurnPattern<Slot> | undefined {
    const calls = turn.parts.some((part) => part.kind === "call");
    const plain = patternOf(turn, index, this.claims);
    if (!plain) return undefined;
    return {
      ...plain,
      parts: plain.parts.map((part, at) => {
        const result = this.results.get(`${index}/${at}`);
        // With the question left open, a result that says nothing to the reply is all that tells one case from another.
        if (result && (this.open.length === 0 || this.read.has(result.name))) {
          const domain: Domain = { kinds: [], values: [], except: [], shapes: [shapeOf(result.value)] };
          return { kind: "json", value: { kind: "value", place: { name: result.name, domain } } };
        }
        if (part.kind === "text" && this.open[index])
          return { kind: "text", text: [{ name: this.fresh("asked"), domain: domainOfKinds("any") }] };
        // What the assistant said beside a call is worded anew each time; what it did stands in the call.
        if (part.kind === "text" && calls) return { kind: "text", text: [{ name: this.fresh("said"), domain: domainOfKinds("any") }] };
        return part;
      }),
    };
  }

  private variableFor(text: string, stem: string): string | undefined {
    const known = this.names.get(text);
    if (known !== undefined) return known;
    const places = this.placesOf(text);
    if (places.length === 0 || (places.length > 1 && isWeak(text))) return undefined;
    const name = this.fresh(stem);
    for (const { site, start } of places) this.claims.add(keyOf(site), { start, end: start + text.length, place: slot(name, text) });
    this.names.set(text, name);
    return name;
  }

  /** Where a value stands in what was told as text. */
  private placesOf(text: string): { site: Site; start: number }[] {
    const places: { site: Site; start: number }[] = [];
    for (const site of this.sites) {
      if (site.voice === "made" || site.path !== undefined) continue;
      for (let start = site.text.indexOf(text); start >= 0; start = site.text.indexOf(text, start + text.length)) {
        const end = start + text.length;
        if (isBoundary(site.text, start) && isBoundary(site.text, end) && this.claims.isFree(keyOf(site), start, end))
          places.push({ site, start });
      }
    }
    return places;
  }

  /** Every way to a value in the tools' results; none if it stands in so many places that its origin is a guess. */
  private pathsTo(target: Target): Expression[] {
    const most = isWeak(target.text) && !target.isArgument ? 1 : MAX_PATHS;
    const paths: Expression[] = [];
    let places = 0;
    for (const site of this.sites) {
      const result = this.results.get(`${site.turn}/${site.part}`);
      if (!result || site.path === undefined || site.text !== target.text || site.voice !== "told") continue;
      if (target.site.whole && !site.whole) continue;
      if (++places > most) return [];
      this.read.add(result.name);
      const path = pathExpression(result.name, site.path);
      paths.push(site.whole && !target.site.whole ? { kind: "call", name: "text", args: [path] } : path);
      const last = lastPath(result, site.path);
      if (last) paths.push(site.whole && !target.site.whole ? { kind: "call", name: "text", args: [last] } : last);
    }
    return paths;
  }

  private fresh(stem: string): string {
    let name = stem;
    for (let count = 2; this.used.has(name); count++) name = `${stem}_${count}`;
    this.used.add(name);
    return name;
  }
}

const MAX_PATHS = 6;

function pathExpression(name: string, path: readonly (string | number)[]): Expression {
  return path.reduce<Expression>(
    (object, step) => ({
      kind: "call",
      name: "get",
      args: [object, { kind: "literal", value: typeof step === "number" ? new Numeral(String(step)) : step }],
    }),
    variable(name),
  );
}

/** The same item counted from the end, when it is the last of several. */
function lastPath(result: { name: string; value: Json }, path: readonly (string | number)[]): Expression | undefined {
  let value: Json | undefined = result.value;
  for (const [index, step] of path.entries()) {
    if (Array.isArray(value)) {
      if (value.length > 1 && step === value.length - 1)
        return pathExpression(result.name, [...path.slice(0, index), -1, ...path.slice(index + 1)]);
      value = value[step as number];
    } else if (value instanceof Map) value = value.get(String(step));
  }
  return undefined;
}

function keyOf(site: Site): string {
  return siteKey(site.turn, site.part, site.path);
}

function asIs(name: string, whole: boolean): Expression {
  return whole ? { kind: "call", name: "from_json", args: [variable(name)] } : variable(name);
}

function slot(name: string, text: string): Slot {
  return { name, domain: reachOf(text) };
}

/** A value that stands in many places by chance. */
function isWeak(text: string): boolean {
  return text.length <= 2 || /^\p{Ll}{1,4}$/u.test(text);
}
