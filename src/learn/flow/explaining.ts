/**
 * How the values of a bound exchange come about: which are the caller's, which are made of those, which flow
 * from elsewhere.
 */
import { variablesOf } from "../../template/derivation/analyse.js";
import type { UserFunction } from "../../template/derivation/evaluate.js";
import { callOf, constantOf, type Expression, variable } from "../../template/derivation/expression.js";
import { scalarText } from "../../template/json.js";
import { scalarsOf } from "../../template/leaves.js";
import type { Hole } from "../../template/template.js";
import type { BoundValues } from "./bind-values.js";
import { takeEarlierCalls } from "./earlier-calls.js";
import type { Folds } from "./folds.js";
import { asNumber, formsFrom, type Sought } from "./given-forms.js";
import { isCommon, tokensOf } from "./mentions.js";
import { claimSaidAgain, startsOf } from "./said-again.js";
import type { Scene } from "./scene.js";
import { type Claim, type Site, sitesOf } from "./sites.js";
import type { Sources } from "./sources.js";
import { isValue, nameOf, type Target, targetsOf } from "./targets.js";

// From so many words on, an argument is something that was written, and not a value.
const PROSE = 5;

/** Whether the assistant has written an argument, at length. */
export function isProse({ voice, path, whole, text }: Site): boolean {
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
  return match
    ? {
        date: match[1] as string,
        sign: match[2] as string,
        time: match[3] as string,
        rest: match[4] as string,
      }
    : undefined;
}

/** How values follow from those that are known: from the caller's, and from dates in the instructions. */
export interface Forms {
  readonly given: ReadonlyMap<string, readonly Expression[]>;
  readonly dates: ReadonlyMap<string, readonly Expression[]>;
}

const keyOf = (text: string, isNumber: boolean): string => `${isNumber ? "number" : "text"} ${text}`;

// How many values are looked for: each costs some milliseconds where it has something of a known one.
const MAX_SOUGHT = 24;

/**
 * What forms are looked for in: an exchange, what the caller has bound, and the dates in the instructions by
 * their slots.
 */
export interface Known {
  readonly scene: Scene;
  readonly given: ReadonlyMap<string, string>;
  readonly dates: ReadonlyMap<string, string>;
  readonly functions?: ReadonlyMap<string, UserFunction> | undefined;
}

/** How the values of a reply, and of the calls before it, may be made of those that are known. */
export async function formsOf({ scene, given, dates, functions }: Known, folds: Folds): Promise<Forms> {
  const made = scene.sites.filter((site) => site.voice === "made" && isValue(site) && !isProse(site));
  const sought = new Map<string, Sought>();
  const seek = (text: string, isNumber: boolean): void => {
    if (sought.size < MAX_SOUGHT) sought.set(keyOf(text, isNumber), { text, isNumber });
    const moment = momentIn(text);
    if (moment) for (const piece of [moment.date, moment.time]) seek(piece, false);
  };
  for (const { text, whole } of made) seek(text, whole);
  for (const { text, site, isArgument } of targetsOf(folds.said, folds.claims))
    seek(text, isArgument && site.whole);
  for (const { text } of partsIn(folds, given)) seek(text, false);
  const forms = {
    given: new Map<string, readonly Expression[]>(),
    dates: new Map<string, readonly Expression[]>(),
  };
  const search = { functions, whole: scene.pace };
  for (const [key, each] of sought) {
    forms.given.set(key, await formsFrom(given, each, search));
    forms.dates.set(key, await formsFrom(dates, each, search));
  }
  return forms;
}

/** Explains the values of an exchange one after the other, and makes slots of what they come from. */
export class Explaining {
  private readonly given: ReadonlyMap<string, string>;
  /** The caller's names whose values stand in the conversation's texts. */
  private readonly standing: ReadonlySet<string>;

  private readonly sources: Sources;

  constructor(
    private readonly folds: Folds,
    { given, standing }: { given: ReadonlyMap<string, string>; standing: ReadonlySet<string> },
    private readonly forms: Forms,
  ) {
    this.sources = folds.sources;
    this.given = given;
    this.standing = standing;
  }

  /** The arguments of the calls on the way. */
  calls(): Promise<void> {
    return takeEarlierCalls(this.sources, (target) => this.holeFor(target));
  }

  /**
   * The reply, the longest first: whole arguments, then what it repeats of values that are known, then what
   * looks like data. `false` where it says a common word that is bound too often to tell which of them is
   * meant.
   */
  async reply(values: BoundValues): Promise<boolean> {
    const { scene, pace } = this.sources;
    const { said, claims } = this.folds;
    const claim = (site: Site, { start, end, place }: Claim<Hole>): void => {
      if (claims.isFree(site.key, start, end)) claims.add(site.key, { start, end, place });
    };
    const claimAll = async (targets: readonly Target[]): Promise<void> => {
      for (const target of [...targets].sort(byLength)) {
        pace.spend(1);
        if (scene.isDue) await scene.catchBreath();
        const hole = await this.holeFor(target);
        if (hole) claim(target.site, { start: target.start, end: target.end, place: hole });
      }
    };
    // What has a caller's value inside is that value with words around it, unless it stands somewhere as a
    // whole.
    const holdsGiven = ({ text }: Target): boolean =>
      values.in(text).some(({ start, end }) => start > 0 || end < text.length);
    const told = this.told();
    const isWhole = (target: Target): boolean =>
      target.isArgument && (!holdsGiven(target) || this.sources.takeCopy(target) !== undefined);
    await claimAll(targetsOf(said, claims).sort(byLength).filter(isWhole));
    for (const site of sitesOf([said])) {
      if (site.whole || claims.isWithin(0, site.part, site.path)) continue;
      const found = values.in(site.text);
      if (
        found.some(
          ({ name }) =>
            isCommon(this.given.get(name) ?? "") && found.filter((other) => other.name === name).length > 1,
        )
      )
        return false;
      for (const { start, end, name } of found)
        claim(site, { start, end, place: { hypotheses: [variable(name)] } });
      const isArgument = false;
      for (const text of told) {
        pace.spend(1 + site.text.length / LOOKED);
        if (scene.isDue) await scene.catchBreath();
        for (const start of startsOf(site.text, text)) {
          const end = start + text.length;
          const hole = this.sources.takeCopy({
            site,
            start,
            end,
            text,
            name: nameOf(site.path),
            order: 0,
            isArgument,
          });
          if (hole) claim(site, { start, end, place: hole });
        }
      }
    }
    claimSaidAgain(this.folds, this.given);
    await claimAll(partsIn(this.folds, this.given));
    await claimAll(targetsOf(said, claims).filter(({ isArgument }) => !isArgument));
    return true;
  }

  /**
   * The texts that tools' results hold, the longest first: repeated in running text they are data, though
   * they look like words.
   */
  private told(): string[] {
    const texts = new Set(
      this.sources.all.flatMap(({ value }) =>
        scalarsOf(value, "").map(({ literal }) => (typeof literal === "string" ? literal : "")),
      ),
    );
    return [...texts]
      .filter((text) => !isCommon(text) && text.length <= MAX_TOLD)
      .sort((left, right) => right.length - left.length)
      .slice(0, MAX_TEXTS);
  }

  private async holeFor(target: Target): Promise<Hole | undefined> {
    const { text, site, isArgument } = target;
    const copied = this.sources.takeCopy(target)?.hypotheses ?? [];
    const own = copied.flatMap((way) => [...variablesOf(way)]).find((name) => this.given.get(name) === text);
    if (own !== undefined) {
      // "12.50" may be sent as 12.5 or as 12.50: a value with a point leaves both open.
      const number = isArgument && site.whole && text.includes(".") ? [asNumber(own)] : [];
      // A value that stands nowhere in the conversation's texts may be the caller's own, or come out of a
      // tool's result.
      return {
        hypotheses: [...copied, ...number, ...(this.standing.has(own) ? [] : this.sources.readWays(target))],
      };
    }
    const key = keyOf(text, isArgument && site.whole);
    const made = (await this.momentFor(target)) ?? this.forms.given.get(key) ?? [];
    // What stands somewhere as it is needs no words added to what is made of a value.
    const ways = [...copied, ...(copied.length > 0 ? made.filter((way) => !addsWords(way)) : made)];
    if (ways.length > 0) return { hypotheses: ways };
    const derived = isArgument ? await this.sources.takeForm(target) : undefined;
    if (derived) return derived;
    const dated = this.forms.dates.get(key) ?? [];
    return dated.length > 0 ? { hypotheses: dated } : undefined;
  }

  /** A date and a time come from two places as often as from one. */
  private async momentFor(target: Target): Promise<Expression[] | undefined> {
    const moment = target.isArgument && !target.site.whole ? momentIn(target.text) : undefined;
    if (!moment) return undefined;
    const waysTo = async (text: string): Promise<readonly Expression[]> =>
      (await this.holeFor({ ...target, text }))?.hypotheses ?? [];
    const [dates, times] = [await waysTo(moment.date), await waysTo(moment.time)];
    const rest = moment.rest === "" ? [] : [constantOf(moment.rest)];
    const whole = dates.flatMap((date) =>
      times.map((time) => callOf("concat", date, constantOf(moment.sign), time, ...rest)),
    );
    return whole.length === 0 || whole.length > MAX_WAYS ? undefined : whole;
  }
}

// Where a value comes about in more ways, how it does is a guess.
const MAX_WAYS = 12;

/** Whether an expression has words of its own in a concatenation. */
function addsWords(way: Expression): boolean {
  if (way.kind !== "call") return false;
  const isWord = (arg: Expression): boolean =>
    arg.kind === "literal" && /[\p{L}\p{N}]/u.test(scalarText(arg.value) ?? "");
  return (way.name === "concat" && way.args.some(isWord)) || way.args.some(addsWords);
}

// Of what results hold: texts that are longer are not repeated word for word, and of so many the rest is
// left.
const MAX_TOLD = 120;
const MAX_TEXTS = 200;
// How many characters are searched in the time of a step.
const LOOKED = 1_024;

const byLength = (left: Target, right: Target): number =>
  right.text.length - left.text.length || left.order - right.order;

/**
 * Names and numbers within bound values that stand in the texts of a reply and are not explained there,
 * sentences' first words too.
 */
export function partsIn({ said, claims }: Folds, given: ReadonlyMap<string, string>): Target[] {
  const words = new Set(
    [...given.values()].flatMap((value) =>
      tokensOf(value)
        .map(({ text }) => text)
        .filter((text) => text !== value && isTelling(text)),
    ),
  );
  return sitesOf([said]).flatMap((site) => {
    if (site.whole || claims.isWithin(0, site.part, site.path)) return [];
    return tokensOf(site.text)
      .filter(({ text, start, end }) => words.has(text) && claims.isFree(site.key, start, end))
      .map((token): Target => ({ ...token, site, name: nameOf(site.path), order: 0, isArgument: false }));
  });
}

const isTelling = (text: string): boolean => text.length > 1 && /\p{Lu}|\p{N}/u.test(text);
