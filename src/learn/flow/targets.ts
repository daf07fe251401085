/** Which stretches of a reply might be data. */
import type { Json } from "../../template/json.js";
import { placeUnder } from "../../template/leaves.js";
import type { Turn } from "../../template/turn.js";
import { eachMention, eachToken, type Mention } from "./mentions.js";
import type { Path } from "./result-paths.js";
import { type Claims, type Site, sitesOf } from "./sites.js";

/** A stretch of the reply that might be data. */
export interface Target {
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

/**
 * Every target of a reply, in order, but what is claimed already: of a text with claims, what stands between
 * them. `undefined` now and then, where there is none for long: whoever asks may rest.
 */
export function* eachTarget(said: Turn, claims: Claims<object>): Iterable<Target | undefined> {
  let order = 0;
  for (const site of sitesOf([said])) {
    const name = nameOf(site.path);
    const taken = claims.of(site.key);
    if (claims.isWithin(0, site.part, site.path) || (site.whole && taken.length > 0)) continue;
    if (taken.length === 0 && site.path !== undefined) {
      if (!isValue(site)) continue;
      yield {
        site,
        start: 0,
        end: site.text.length,
        text: site.text,
        name,
        order: order++,
        isArgument: true,
      };
      if (site.whole || isOneToken(site.text)) continue;
    }
    for (const mention of eachBetween(site.text, taken)) {
      yield mention && { ...mention, site, name, order: order++, isArgument: false };
    }
  }
}

/** The same in a list. */
export function targetsOf(said: Turn, claims: Claims<object>): Target[] {
  return [...eachTarget(said, claims)].filter((target) => target !== undefined);
}

function isOneToken(text: string): boolean {
  const [, second] = eachToken(text);
  return second === undefined;
}

/** What looks like data between the claims of a text. */
function* eachBetween(
  text: string,
  claims: readonly { readonly start: number; readonly end: number }[],
): Iterable<Mention | undefined> {
  if (claims.length === 0) {
    yield* eachMention(text);
    return;
  }
  const starts = [0, ...claims.map(({ end }) => end)];
  const ends = [...claims.map(({ start }) => start), text.length];
  for (const [index, start] of starts.entries()) {
    for (const mention of eachMention(text.slice(start, ends[index])))
      yield mention && { ...mention, start: start + mention.start, end: start + mention.end };
  }
}

/** Whether an argument may be data: not `true`, `null` and the like. */
export function isValue(site: Site): boolean {
  return site.text !== "" && !(site.whole && /^[a-z]/.test(site.text));
}

/** A list among a call's arguments. */
export interface ListTarget {
  readonly path: Path;
  readonly items: readonly Json[];
}

/** The lists of two items and more among a call's arguments, those without the ones inside them first. */
export function listTargetsOf(args: Json, path: Path = []): ListTarget[] {
  if (Array.isArray(args)) {
    const inner = args.flatMap((item, index) => listTargetsOf(item, [...path, index]));
    return args.length > 1 ? [{ path, items: args }, ...inner] : inner;
  }
  return args instanceof Map ? [...args].flatMap(([key, item]) => listTargetsOf(item, [...path, key])) : [];
}

/** The lists and objects of two items and more among a call's arguments, the outer ones first. */
export function* compositesOf(
  args: Json,
  path: Path = [],
): Iterable<{ readonly path: Path; readonly value: Json }> {
  const inner = Array.isArray(args) ? args.entries() : args instanceof Map ? args.entries() : [];
  const size = Array.isArray(args) ? args.length : args instanceof Map ? args.size : 0;
  if (path.length > 0 && size > 1) yield { path, value: args };
  for (const [step, item] of inner) yield* compositesOf(item, [...path, step]);
}

/** The place of an argument, as `leavesOf` names it. */
export function placeOf(tool: string, path: Path): string {
  return path.reduce<string>(placeUnder, tool);
}

/** A name for what stands under a path of arguments: its last key, if that is one. */
export function nameOf(path: Path | undefined): string {
  const key = path?.findLast((step) => typeof step === "string");
  return typeof key === "string" && /^[\p{L}_][\p{L}\p{N}_]*$/u.test(key) ? key : "value";
}
