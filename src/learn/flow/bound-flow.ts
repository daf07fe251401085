/**
 * Data flow where the caller has named data: its values are slots under its names, and all else flows as
 * anywhere.
 */

import type { UserFunction } from "../../template/derivation/evaluate.js";
import { domainOfKinds } from "../../template/domain.js";
import { isReplied } from "../../template/parts/index.js";
import type { Template } from "../../template/template.js";
import { variablesIn } from "../../template/traits.js";
import type { Turn } from "../../template/turn.js";
import { placesOf } from "../../template/visit.js";
import { reachOf } from "../align/reach.js";
import { BoundValues, domainFor } from "./bind-values.js";
import { withoutLooseTalk } from "./data-flow.js";
import { Explaining, formsOf, isProse, partsIn } from "./explaining.js";
import { Folds } from "./folds.js";
import { Relatives } from "./given-forms.js";
import { startsOf } from "./said-again.js";
import type { Scene } from "./scene.js";
import { Claims, eachSite, patternOf, type Site, sitesOf } from "./sites.js";
import { Sources } from "./sources.js";
import { type Target, targetsOf } from "./targets.js";
import { patternsOf } from "./turn-patterns.js";

/**
 * An exchange in which the caller has named data, and the functions that expressions may call beside the
 * built-in ones.
 */
export interface BoundExchange {
  readonly scene: Scene;
  readonly said: Turn;
  readonly given: ReadonlyMap<string, string>;
  readonly functions?: ReadonlyMap<string, UserFunction> | undefined;
  /**
   * Values of the user's words that are known to be data from what came later, by the names of their slots.
   */
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
 * `undefined` where nothing bound has a part to play, where a value that occurs has two names, where
 * something of a bound value is left unexplained, and where data flow without bindings would give no template
 * either.
 */
export async function boundFlow(exchange: BoundExchange): Promise<Suggestion | undefined> {
  const { scene, said, given, functions } = exchange;
  const { turns } = scene;
  if (!said.parts.every(isReplied) || isTooMuch(turns, said)) return undefined;
  const values = new BoundValues(given);
  const { known, standing, dates } = await namedIn(exchange, values);
  const folds = await Folds.of(said, known);
  const { sources } = folds;
  const explaining = new Explaining(
    folds,
    { given, standing },
    await formsOf({ scene, given, dates, functions }, folds),
  );
  await explaining.calls();
  if (!(await explaining.reply(values)) || values.clash || sources.isReordered || sources.isTooMuch)
    return undefined;
  const open = targetsOf(folds.said, folds.claims);
  const relatives = new Relatives(given.values());
  for (const { text } of open) {
    scene.pace.spend(1);
    if (scene.isDue) await scene.catchBreath();
    if (sources.mayHold(text) || relatives.include(text)) return undefined;
  }
  if (partsIn(folds, given).length > 0) return undefined;

  const patterns = await patternsOf(sources);
  const reply = patternOf(folds.said, 0, folds.claims);
  if (!reply || !patterns) return undefined;
  const template = { turns: patterns, reply: withoutLooseTalk(folds.unfolded(reply), open), guards: [] };
  const names = new Set([
    ...template.turns.flatMap((turn) => placesOf(turn).map(({ name }) => name)),
    ...variablesIn(template.reply),
  ]);
  const used = [...given.keys()].filter((name) => names.has(name)).sort();
  return used.length === 0
    ? undefined
    : {
        template: { ...template, given: used },
        isOpen: open.some(isDatum) || hasOwnWords(folds) || leavesNumbers(turns, said),
      };
}

/** A template that one exchange suggests. */
export interface Suggestion {
  readonly template: Template;
  /** Its reply says data that nothing explains: another conversation may be told something else. */
  readonly isOpen: boolean;
}

/**
 * Whether what might be data looks like it: a name, a code, a date, an amount. As an argument, a small number
 * is a setting as often.
 */
export function isDatum({ text, site }: Target): boolean {
  if (/\p{N}/u.test(text)) return !(site.whole && /^\d{1,3}$|^\d\.\d$/.test(text));
  return text.length > 1 && /\p{Lu}/u.test(text);
}

/**
 * Whether the last results hold a number that the reply says nothing of: an amount that is read and goes
 * nowhere may be what decides.
 */
function leavesNumbers(turns: readonly Turn[], said: Turn): boolean {
  const last = turns.slice(turns.findLastIndex(({ role }) => role === "assistant") + 1);
  const results = last.map((turn) => ({ ...turn, parts: turn.parts.filter(({ kind }) => kind === "json") }));
  const texts = sitesOf([said]).map(({ text }) => text);
  return sitesOf(results).some(
    ({ whole, text }) => whole && /\d/.test(text) && !texts.some((each) => startsOf(each, text).length > 0),
  );
}

/** Whether a reply sends words of its own to a tool, and nothing among them that is known. */
function hasOwnWords({ said, claims }: Folds): boolean {
  return sitesOf([said]).some((site) => isProse(site) && claims.of(site.key).length === 0);
}

const NO_DATA: ReadonlyMap<string, string> = new Map();

// In characters, over all texts of an exchange; and these times the values that the reply may hold, as each
// is looked for in all of them.
const MAX_SIZE = 64_000;
const MAX_WORK = 2_000_000;

function isTooMuch(turns: readonly Turn[], said: Turn): boolean {
  const size = sitesOf([...turns, said]).reduce((sum, { text }) => sum + text.length, 0);
  return size > MAX_SIZE || size * targetsOf(said, new Claims()).length > MAX_WORK;
}

const DATE = /(?<![\p{L}\p{N}-])\d{4}-\d\d-\d\d(?![\p{L}\p{N}-])/gu;

/** The keys of tools' results under which values stand that the caller bound. */
function dataKeysOf(turns: readonly Turn[], given: ReadonlyMap<string, string>): Set<string> {
  const bound = new Set(given.values());
  const isResult = ({ turn, part }: Site): boolean => turns[turn]?.parts[part]?.kind === "json";
  const held = sitesOf(turns).filter((site) => !site.whole && bound.has(site.text) && isResult(site));
  return new Set(held.flatMap(({ path }) => path?.findLast((step) => typeof step === "string") ?? []));
}

/** What is data whatever the reply says. */
interface Named {
  /** The slots of all of it. */
  readonly known: Sources;
  /** The caller's names whose values stand in the conversation's texts. */
  readonly standing: ReadonlySet<string>;
  /** The dates that the instructions name, by their slots. */
  readonly dates: ReadonlyMap<string, string>;
}

/**
 * Makes slots of what the caller has bound, of what is known from later steps, of prose in arguments and of
 * dates in the instructions.
 */
async function namedIn({ scene, given, data = NO_DATA }: BoundExchange, values: BoundValues): Promise<Named> {
  const { turns, pace } = scene;
  const known = Sources.in({
    scene,
    reserved: [...given.keys(), ...data.keys()],
    dataKeys: dataKeysOf(turns, given),
  });
  const { slots } = known;
  const later = new BoundValues(data);
  const standing = new Set<string>();
  const dates = new Map<string, string>();
  for (const site of eachSite(turns)) {
    pace.spend(1);
    if (pace.tired) await pace.rest();
    // A tool's JSON result is bound whole.
    if (turns[site.turn]?.parts[site.part]?.kind === "json") continue;
    if (isProse(site))
      known.take(site, {
        start: 0,
        end: site.text.length,
        place: { name: slots.names.take("said"), domain: domainOfKinds("any") },
      });
    for (const { start, end, name } of placesIn(site, values))
      if (known.take(site, { start, end, place: { name, domain: domainFor(given.get(name) ?? "") } }))
        standing.add(name);
    for (const { start, end, name } of turns[site.turn]?.role === "user" && site.path === undefined
      ? later.in(site.text)
      : [])
      known.take(site, { start, end, place: { name, domain: reachOf(data.get(name) ?? "") } });
    for (const { index, 0: date } of site.voice === "fixed" ? site.text.matchAll(DATE) : []) {
      const name = slots.known.get(date) ?? slots.names.take("date");
      const place = { name, domain: domainOfKinds("date") };
      if (known.take(site, { start: index, end: index + date.length, place })) dates.set(name, date);
    }
  }
  for (const [name, value] of given) slots.know(value, name);
  return { known, standing, dates };
}

/** Where values that the caller bound stand in a site; a number or boolean in JSON is one or none. */
function placesIn(site: Site, values: BoundValues): ReturnType<BoundValues["in"]> {
  if (!site.whole) return values.in(site.text);
  const name = values.whole(site.text);
  return name === undefined ? [] : [{ start: 0, end: site.text.length, name }];
}
