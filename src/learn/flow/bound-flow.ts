/** Data flow where the caller has named data: its values are slots under its names, and all else flows as anywhere. */

import { variablesOf } from "../../template/derivation/analyse.js";
import type { UserFunction } from "../../template/derivation/evaluate.js";
import { callOf, constantOf, type Expression, variable } from "../../template/derivation/expression.js";
import { domainOfKinds } from "../../template/domain.js";
import { scalarsOf } from "../../template/leaves.js";
import type { Hole, Template } from "../../template/template.js";
import { variablesIn } from "../../template/traits.js";
import type { Turn } from "../../template/turn.js";
import { placesOf } from "../../template/visit.js";
import { reachOf } from "../align/reach.js";
import { BoundValues, domainFor, isBoundary } from "./bind-values.js";
import { withoutLooseTalk } from "./data-flow.js";
import { Folds } from "./folds.js";
import { asNumber, formsFrom, isRelated, type Sought } from "./given-forms.js";
import { tokensOf } from "./mentions.js";
import { patternOf, type Site, siteKey, sitesOf } from "./sites.js";
import { Sources } from "./sources.js";
import { isValue, nameOf, type Target, targetsOf } from "./targets.js";

/** An exchange in which the caller has named data, and the functions that expressions may call beside the built-in ones. */
export interface BoundExchange {
  readonly turns: readonly Turn[];
  readonly said: Turn;
  readonly given: ReadonlyMap<string, string>;
  readonly functions?: ReadonlyMap<string, UserFunction> | undefined;
  /** Values of the user's words that are known to be data from what came later, by the names of their slots. */
  readonly data?: ReadonlyMap<string, string> | undefined;
}

/**
 * The template of such an exchange. What the caller bound is data, and the rest of the question wording:
 * - its values are slots under the caller's names, in the instructions too;
 * - a part or another form of one, in the reply or in a call on the way, is derived from it;
 * - a date in the instructions is data: it is another one tomorrow;
 * - what the assistant has written into an argument at length is worded anew each time, and left open;
 * - everything else flows as it does without bindings: from the user's words, and out of tools' results.
 *
 * `undefined` where nothing bound has a part to play, where a value that occurs has two names, where something of a bound
 * value is left unexplained, and where data flow without bindings would give no template either.
 */
export async function boundFlow(exchange: BoundExchange): Promise<Suggestion | undefined> {
  const { turns, said, given, data = NO_DATA } = exchange;
  if (said.parts.some(({ kind }) => kind === "opaque")) return undefined;
  const sources = new Sources(turns, [], { names: [...given.keys(), ...data.keys()], dataKeys: dataKeysOf(turns, given) });
  const values = new BoundValues(given);
  const { standing, dates } = takeAll(sources, values, exchange);
  const folds = new Folds(said, sources);
  const explaining = new Explaining(sources, { given, standing }, await formsOf(exchange, dates, folds));
  explaining.calls();
  if (!explaining.reply(folds, values) || values.clash || sources.isReordered) return undefined;
  const open = targetsOf(folds.said, folds.claims);
  if (open.some(({ text }) => sources.mayHold(text) || holdsSomethingOf(text, given))) return undefined;
  if (partsIn(folds, given).length > 0) return undefined;

  const patterns = turns.map((turn, index) => sources.pattern(turn, index));
  const reply = patternOf(folds.said, 0, folds.claims);
  if (!reply || patterns.some((pattern) => pattern === undefined)) return undefined;
  const template = { turns: patterns as Template["turns"], reply: withoutLooseTalk(folds.unfolded(reply), open), guards: [] };
  const names = new Set([...template.turns.flatMap((turn) => placesOf(turn).map(({ name }) => name)), ...variablesIn(template.reply)]);
  const used = [...given.keys()].filter((name) => names.has(name)).sort();
  return used.length === 0
    ? undefined
    : { template: { ...template, given: used }, isOpen: open.some(isDatum) || hasOwnWords(folds) || leavesNumbers(turns, said) };
}

/** A template that one exchange suggests. */
export interface Suggestion {
  readonly template: Template;
  /** Its reply says data that nothing explains: another conversation may be told something else. */
  readonly isOpen: boolean;
}

/** Whether what might be data looks like it: a name, a code, a date, an amount. As an argument, a small number is a setting as often. */
export function isDatum({ text, site }: Target): boolean {
  if (/\p{N}/u.test(text)) return !(site.whole && /^\d{1,3}$|^\d\.\d$/.test(text));
  return text.length > 1 && /\p{Lu}/u.test(text);
}

/** Whether the last results hold a number that the reply says nothing of: an amount that is read and goes nowhere may be what decides. */
function leavesNumbers(turns: readonly Turn[], said: Turn): boolean {
  const last = turns.slice(turns.findLastIndex(({ role }) => role === "assistant") + 1);
  const results = last.map((turn) => ({ ...turn, parts: turn.parts.filter(({ kind }) => kind === "json") }));
  const texts = sitesOf([said]).map(({ text }) => text);
  return sitesOf(results).some(({ whole, text }) => whole && /\d/.test(text) && !texts.some((each) => startsOf(each, text).length > 0));
}

/** Whether a reply sends words of its own to a tool, and nothing among them that is known. */
function hasOwnWords({ said, claims }: Folds): boolean {
  return sitesOf([said]).some((site) => isProse(site) && claims.of(siteKey(0, site.part, site.path)).length === 0);
}

const NO_DATA: ReadonlyMap<string, string> = new Map();

/** Whether a text has something of a value that the caller bound: kept as a constant, it would be said of other values. */
export function holdsSomethingOf(text: string, given: ReadonlyMap<string, string>): boolean {
  for (const value of given.values()) if (isRelated(value, text)) return true;
  return false;
}

const DATE = /(?<![\p{L}\p{N}-])\d{4}-\d\d-\d\d(?![\p{L}\p{N}-])/gu;

/** The keys of tools' results under which values stand that the caller bound. */
function dataKeysOf(turns: readonly Turn[], given: ReadonlyMap<string, string>): Set<string> {
  const bound = new Set(given.values());
  const isResult = ({ turn, part }: Site): boolean => turns[turn]?.parts[part]?.kind === "json";
  const held = sitesOf(turns).filter((site) => !site.whole && bound.has(site.text) && isResult(site));
  return new Set(held.flatMap(({ path }) => path?.findLast((step) => typeof step === "string") ?? []));
}

/** What is taken for data whatever the reply says. */
interface Taken {
  /** The caller's names whose values stand in the conversation's texts. */
  readonly standing: ReadonlySet<string>;
  /** The dates that the instructions name, by their slots. */
  readonly dates: ReadonlyMap<string, string>;
}

function takeAll(sources: Sources, values: BoundValues, { turns, given, data = NO_DATA }: BoundExchange): Taken {
  const later = new BoundValues(data);
  const standing = new Set<string>();
  const dates = new Map<string, string>();
  for (const site of sitesOf(turns)) {
    // A tool's JSON result is bound whole.
    if (turns[site.turn]?.parts[site.part]?.kind === "json") continue;
    if (isProse(site)) sources.take(site, 0, site.text.length, { name: sources.fresh("said"), domain: domainOfKinds("any") });
    for (const { start, end, name } of placesIn(site, values))
      if (sources.take(site, start, end, { name, domain: domainFor(given.get(name) ?? "") })) standing.add(name);
    for (const { start, end, name } of turns[site.turn]?.role === "user" && site.path === undefined ? later.in(site.text) : [])
      sources.take(site, start, end, { name, domain: reachOf(data.get(name) ?? "") });
    for (const { index, 0: date } of site.voice === "fixed" ? site.text.matchAll(DATE) : []) {
      const name = sources.known.get(date) ?? sources.fresh("date");
      if (sources.take(site, index, index + date.length, { name, domain: domainOfKinds("date") })) dates.set(name, date);
    }
  }
  for (const [name, value] of given) sources.know(value, name);
  return { standing, dates };
}

/** Where values that the caller bound stand in a site; a number or boolean in JSON is one or none. */
function placesIn(site: Site, values: BoundValues): ReturnType<BoundValues["in"]> {
  if (!site.whole) return values.in(site.text);
  const name = values.whole(site.text);
  return name === undefined ? [] : [{ start: 0, end: site.text.length, name }];
}

// From so many words on, an argument is something that was written, and not a value.
const PROSE = 5;

function isProse({ voice, path, whole, text }: Site): boolean {
  return voice === "made" && path !== undefined && !whole && tokensOf(text).length >= PROSE;
}

/** A date and a time in one value: `2026-07-08T14:00:00Z`. */
interface Moment {
  readonly date: string;
  readonly sign: string;
  readonly time: string;
  readonly rest: string;
}

function momentIn(text: string): Moment | undefined {
  const match = /^(\d{4}-\d\d-\d\d)([T ])(\d\d:\d\d)(.{0,20})$/.exec(text);
  return match ? { date: match[1] as string, sign: match[2] as string, time: match[3] as string, rest: match[4] as string } : undefined;
}

/** How values follow from those that are known: from the caller's, and from dates in the instructions. */
interface Forms {
  readonly given: ReadonlyMap<string, readonly Expression[]>;
  readonly dates: ReadonlyMap<string, readonly Expression[]>;
}

const keyOf = (text: string, isNumber: boolean): string => `${isNumber ? "number" : "text"} ${text}`;

// How many values are looked for: each costs some milliseconds where it has something of a known one.
const MAX_SOUGHT = 24;

async function formsOf({ turns, given, functions }: BoundExchange, dates: ReadonlyMap<string, string>, folds: Folds): Promise<Forms> {
  const made = sitesOf(turns).filter((site) => site.voice === "made" && isValue(site) && !isProse(site));
  const sought = new Map<string, Sought>();
  const seek = (text: string, isNumber: boolean): void => {
    if (sought.size < MAX_SOUGHT) sought.set(keyOf(text, isNumber), { text, isNumber });
    const moment = momentIn(text);
    if (moment) for (const piece of [moment.date, moment.time]) seek(piece, false);
  };
  for (const { text, whole } of made) seek(text, whole);
  for (const { text, site, isArgument } of targetsOf(folds.said, folds.claims)) seek(text, isArgument && site.whole);
  for (const { text } of partsIn(folds, given)) seek(text, false);
  const forms = { given: new Map<string, readonly Expression[]>(), dates: new Map<string, readonly Expression[]>() };
  for (const [key, each] of sought) {
    forms.given.set(key, await formsFrom(given, each, functions));
    forms.dates.set(key, await formsFrom(dates, each, functions));
  }
  return forms;
}

/** Explains the values of an exchange one after the other, and makes slots of what they come from. */
class Explaining {
  private readonly given: ReadonlyMap<string, string>;
  /** The caller's names whose values stand in the conversation's texts. */
  private readonly standing: ReadonlySet<string>;
  private readonly explain = (target: Target): Hole | undefined => this.holeFor(target);

  constructor(
    private readonly sources: Sources,
    { given, standing }: { given: ReadonlyMap<string, string>; standing: ReadonlySet<string> },
    private readonly forms: Forms,
  ) {
    this.given = given;
    this.standing = standing;
  }

  /** The arguments of the calls on the way. */
  calls(): void {
    this.sources.follow(this.explain);
  }

  /**
   * The reply, the longest first: whole arguments, then what it repeats of values that are known, then what looks like
   * data. `false` where it says a common word that is bound too often to tell which of them is meant.
   */
  reply(folds: Folds, values: BoundValues): boolean {
    const { said, claims } = folds;
    const claim = (site: Site, start: number, end: number, place: Hole): void => {
      const key = siteKey(0, site.part, site.path);
      if (claims.isFree(key, start, end)) claims.add(key, { start, end, place });
    };
    const claimAll = (targets: readonly Target[]): void => {
      for (const target of [...targets].sort(byLength)) {
        const hole = this.holeFor(target);
        if (hole) claim(target.site, target.start, target.end, hole);
      }
    };
    // What has a caller's value inside is that value with words around it, unless it stands somewhere as a whole.
    const holdsGiven = ({ text }: Target): boolean => values.in(text).some(({ start, end }) => start > 0 || end < text.length);
    const told = this.told();
    const isWhole = (target: Target): boolean => target.isArgument && (!holdsGiven(target) || this.sources.copy(target) !== undefined);
    claimAll(targetsOf(said, claims).sort(byLength).filter(isWhole));
    for (const site of sitesOf([said])) {
      if (site.whole || claims.isWithin(0, site.part, site.path)) continue;
      const found = values.in(site.text);
      if (found.some(({ name }) => isCommon(this.given.get(name) ?? "") && found.filter((other) => other.name === name).length > 1))
        return false;
      for (const { start, end, name } of found) claim(site, start, end, { hypotheses: [variable(name)] });
      const isArgument = false;
      for (const text of told) {
        for (const start of startsOf(site.text, text)) {
          const end = start + text.length;
          const hole = this.sources.copy({ site, start, end, text, name: nameOf(site.path), order: 0, isArgument });
          if (hole) claim(site, start, end, hole);
        }
      }
      for (const [value, name] of this.known())
        for (const start of startsOf(site.text, value)) claim(site, start, start + value.length, { hypotheses: [variable(name)] });
    }
    claimAll(partsIn(folds, this.given));
    claimAll(targetsOf(said, claims).filter(({ isArgument }) => !isArgument));
    return true;
  }

  /** The texts that tools' results hold, the longest first: repeated in running text they are data, though they look like words. */
  private told(): string[] {
    const texts = new Set(
      this.sources.all.flatMap(({ value }) => scalarsOf(value, "").map(({ literal }) => (typeof literal === "string" ? literal : ""))),
    );
    return [...texts]
      .filter((text) => !isCommon(text) && text.length <= MAX_TOLD)
      .sort((left, right) => right.length - left.length)
      .slice(0, MAX_TEXTS);
  }

  /** The values of variables that are not the caller's, the longest first, without those that are repeated by chance. */
  private known(): [value: string, name: string][] {
    return [...this.sources.known]
      .filter(([value, name]) => !this.given.has(name) && !isCommon(value))
      .sort(([left], [right]) => right.length - left.length);
  }

  private holeFor(target: Target): Hole | undefined {
    const { text, site, isArgument } = target;
    const copied = this.sources.copy(target)?.hypotheses ?? [];
    const own = copied.flatMap((way) => [...variablesOf(way)]).find((name) => this.given.get(name) === text);
    // What only the caller can say may have come out of a result too.
    if (own !== undefined) {
      // Whether a number keeps its last noughts shows where there are some.
      const number = isArgument && site.whole && text.includes(".") ? [asNumber(own)] : [];
      // What only the caller can say may have come out of a result too.
      return { hypotheses: [...copied, ...number, ...(this.standing.has(own) ? [] : this.sources.waysInto(target))] };
    }
    const key = keyOf(text, isArgument && site.whole);
    const ways = [...copied, ...(this.momentFor(target) ?? this.forms.given.get(key) ?? [])];
    if (ways.length > 0) return { hypotheses: ways };
    const derived = isArgument ? this.sources.derive(target) : undefined;
    if (derived) return derived;
    const dated = this.forms.dates.get(key) ?? [];
    return dated.length > 0 ? { hypotheses: dated } : undefined;
  }

  /** A date and a time come from two places as often as from one. */
  private momentFor(target: Target): Expression[] | undefined {
    const moment = target.isArgument && !target.site.whole ? momentIn(target.text) : undefined;
    if (!moment) return undefined;
    const [dates, times] = [moment.date, moment.time].map((text) => this.holeFor({ ...target, text })?.hypotheses ?? []) as [
      Expression[],
      Expression[],
    ];
    const whole = dates.flatMap((date) => times.map((time) => callOf("concat", date, constantOf(moment.sign), time)));
    if (whole.length === 0) return undefined;
    return moment.rest === "" ? whole : whole.map((way) => callOf("concat", way, constantOf(moment.rest)));
  }
}

// Of what results hold: texts that are longer are not repeated word for word, and of so many the rest is left.
const MAX_TOLD = 120;
const MAX_TEXTS = 200;

const byLength = (left: Target, right: Target): number => right.text.length - left.text.length || left.order - right.order;

/** A value that stands in many places by chance. */
function isCommon(text: string): boolean {
  return text.length <= 2 || /^\p{Ll}{1,4}$/u.test(text);
}

/** Names and numbers within bound values that stand in the texts of a reply and are not explained there, sentences' first words too. */
function partsIn({ said, claims }: Folds, given: ReadonlyMap<string, string>): Target[] {
  const words = new Set(
    [...given.values()].flatMap((value) =>
      tokensOf(value)
        .map(({ text }) => text)
        .filter((text) => text !== value && isTelling(text)),
    ),
  );
  return sitesOf([said]).flatMap((site) => {
    const key = siteKey(0, site.part, site.path);
    if (site.whole || claims.isWithin(0, site.part, site.path)) return [];
    return tokensOf(site.text)
      .filter(({ text, start, end }) => words.has(text) && claims.isFree(key, start, end))
      .map((token): Target => ({ ...token, site, name: nameOf(site.path), order: 0, isArgument: false }));
  });
}

const isTelling = (text: string): boolean => text.length > 1 && /\p{Lu}|\p{N}/u.test(text);

/** Where a value stands in a text, from token boundary to token boundary. */
function startsOf(text: string, value: string): number[] {
  const starts: number[] = [];
  for (let start = text.indexOf(value); start >= 0; start = text.indexOf(value, start + value.length))
    if (isBoundary(text, start) && isBoundary(text, start + value.length)) starts.push(start);
  return starts;
}
