/**
 * The texts and values of a conversation, each with its place, and patterns made by claiming stretches of
 * them.
 */
import { type Json, Numeral } from "../../template/json.js";
import { dataIn, mapPartIfAll } from "../../template/parts/index.js";
import type { JsonPattern, PartPattern, TextPattern, TurnPattern } from "../../template/template.js";
import type { Part, Turn } from "../../template/turn.js";
import { literalPart } from "../../template/visit.js";

/** One text, or one scalar of a tool call or result. */
export interface Site {
  readonly turn: number;
  readonly part: number;
  /** Keys and positions into JSON; `undefined` for a text part. */
  readonly path: readonly (string | number)[] | undefined;
  /** The same as `siteKey` gives. */
  readonly key: string;
  readonly text: string;
  /** A number, boolean or null in JSON: taken whole or not at all. */
  readonly whole: boolean;
  /**
   * `told`: what the user or a tool said. `made`: arguments of an earlier call. `fixed`: instructions.
   * `spoken`: the assistant's own text.
   */
  readonly voice: "told" | "made" | "fixed" | "spoken";
}

/** A stretch of a site that a place takes. A list or object in JSON is taken whole, under its own path. */
export interface Claim<Place> {
  readonly start: number;
  readonly end: number;
  readonly place: Place;
}

/** Every site of a conversation, in order. */
export function sitesOf(turns: readonly Turn[]): Site[] {
  return [...eachSite(turns)];
}

/**
 * The same one by one. `first` is the position of the first turn, where they are a part of a longer
 * conversation.
 */
export function* eachSite(turns: readonly Turn[], first = 0): Iterable<Site> {
  for (const [index, turn] of turns.entries()) {
    const turnIndex = first + index;
    for (const [partIndex, part] of turn.parts.entries()) {
      const voice = voiceOf(turn, part);
      const data = dataIn(part);
      if (!data) continue;
      if ("text" in data) {
        const key = siteKey(turnIndex, partIndex, undefined);
        yield {
          turn: turnIndex,
          part: partIndex,
          path: undefined,
          key,
          text: data.text,
          whole: false,
          voice,
        };
      } else {
        const sites: Site[] = [];
        jsonSites(data.json, { path: [], steps: "" }, ({ path, steps }, scalar) => {
          const text =
            typeof scalar === "string" ? scalar : scalar instanceof Numeral ? scalar.raw : String(scalar);
          const key = `${turnIndex}/${partIndex}/[${steps}]`;
          sites.push({
            turn: turnIndex,
            part: partIndex,
            path,
            key,
            text,
            whole: typeof scalar !== "string",
            voice,
          });
        });
        yield* sites;
      }
    }
  }
}

function voiceOf(turn: Turn, part: Part): Site["voice"] {
  if (turn.role === "system" || turn.role === "developer") return "fixed";
  if (part.kind === "call") return "made";
  return turn.role === "assistant" ? "spoken" : "told";
}

/** Where something stands in JSON; `steps` is the path as JSON without its brackets, made step by step. */
interface Spot {
  readonly path: readonly (string | number)[];
  readonly steps: string;
}

function inside({ path, steps }: Spot, step: string | number): Spot {
  return { path: [...path, step], steps: further(steps, step) };
}

function further(steps: string, step: string | number): string {
  return `${steps}${steps === "" ? "" : ","}${JSON.stringify(step)}`;
}

function jsonSites(
  value: Json,
  spot: Spot,
  found: (spot: Spot, scalar: null | boolean | string | Numeral) => void,
): void {
  if (Array.isArray(value))
    for (const [index, item] of value.entries()) jsonSites(item, inside(spot, index), found);
  else if (value instanceof Map) for (const [key, item] of value) jsonSites(item, inside(spot, key), found);
  else found(spot, value);
}

/** Names a site within its conversation. */
export function siteKey(turn: number, part: number, path: readonly (string | number)[] | undefined): string {
  return path === undefined ? `${turn}/${part}` : `${turn}/${part}/${JSON.stringify(path)}`;
}

/** What has been claimed, by site key. Claims of a site never overlap. */
export class Claims<Place extends object> {
  private readonly bySite = new Map<string, SiteClaims<Place>>();

  /** What is added to a copy is not added here. */
  copy(): Claims<Place> {
    const copy = new Claims<Place>();
    for (const [key, claims] of this.bySite) copy.bySite.set(key, claims.copy());
    return copy;
  }

  of(key: string): readonly Claim<Place>[] {
    return this.bySite.get(key)?.inOrder() ?? [];
  }

  /** Whether a list or an object is claimed that a path leads into. */
  isWithin(turn: number, part: number, path: Site["path"]): boolean {
    if (this.bySite.size === 0 || path === undefined) return false;
    return path.some((_, index) => this.bySite.has(siteKey(turn, part, path.slice(0, index))));
  }

  isFree(key: string, start: number, end: number): boolean {
    return this.bySite.get(key)?.isFree(start, end) ?? true;
  }

  add(key: string, claim: Claim<Place>): void {
    let claims = this.bySite.get(key);
    if (!claims) {
      claims = new SiteClaims();
      this.bySite.set(key, claims);
    }
    claims.add(claim);
  }
}

/** The claims of one site: asked often whether a stretch is free, and in the end for all of them in order. */
class SiteClaims<Place extends object> {
  private byStart = new Map<number, Claim<Place>>();
  private sorted: readonly Claim<Place>[] | undefined;
  /** One for each code unit that is taken; as long as it has to be. */
  private taken = new Uint8Array(0);

  copy(): SiteClaims<Place> {
    const copy = new SiteClaims<Place>();
    copy.byStart = new Map(this.byStart);
    copy.taken = this.taken.slice();
    return copy;
  }

  isFree(start: number, end: number): boolean {
    const last = Math.min(end, this.taken.length);
    for (let at = Math.max(0, start); at < last; at++) if (this.taken[at] !== 0) return false;
    return true;
  }

  add(claim: Claim<Place>): void {
    if (claim.end > this.taken.length) {
      const taken = new Uint8Array(Math.max(claim.end, 2 * this.taken.length));
      taken.set(this.taken);
      this.taken = taken;
    }
    this.taken.fill(1, claim.start, claim.end);
    this.byStart.set(claim.start, claim);
    this.sorted = undefined;
  }

  inOrder(): readonly Claim<Place>[] {
    this.sorted ??= Array.from(
      Float64Array.from(this.byStart.keys()).sort(),
      (start) => this.byStart.get(start) as Claim<Place>,
    );
    return this.sorted;
  }
}

/** The pattern of a turn with its claimed stretches as places; `undefined` if two places would touch. */
export function patternOf<Place extends object>(
  turn: Turn,
  index: number,
  claims: Claims<Place>,
): TurnPattern<Place> | undefined {
  const parts: PartPattern<Place>[] = [];
  for (const [partIndex, part] of turn.parts.entries()) {
    const pattern = partPattern(part, { turn: index, index: partIndex }, claims);
    if (!pattern) return undefined;
    parts.push(pattern);
  }
  return { ...turn, parts };
}

function partPattern<Place extends object>(
  part: Part,
  { turn, index }: { readonly turn: number; readonly index: number },
  claims: Claims<Place>,
): PartPattern<Place> | undefined {
  if (!dataIn(part)) return literalPart(part);
  return mapPartIfAll<string, Json, TextPattern<Place>, JsonPattern<Place>>(part, {
    text: (text) => textPattern(text, claims.of(siteKey(turn, index, undefined))),
    json: (value) => jsonPattern(value, (steps) => claims.of(`${turn}/${index}/[${steps}]`), ""),
  });
}

/** A text with its claims as places; `undefined` if two of them touch. */
export function textPattern<Place extends object>(
  text: string,
  claims: readonly Claim<Place>[],
): TextPattern<Place> | undefined {
  const segments: (string | Place)[] = [];
  let at = 0;
  for (const { start, end, place } of claims) {
    if (start > at) segments.push(text.slice(at, start));
    else if (segments.length > 0) return undefined;
    segments.push(place);
    at = end;
  }
  if (at < text.length) segments.push(text.slice(at));
  return segments;
}

function jsonPattern<Place extends object>(
  value: Json,
  claimsAt: (steps: string) => readonly Claim<Place>[],
  steps: string,
): JsonPattern<Place> | undefined {
  if (Array.isArray(value)) {
    const [whole] = claimsAt(steps);
    if (whole) return { kind: "value", place: whole.place };
    const items: JsonPattern<Place>[] = [];
    for (const [index, item] of value.entries()) {
      const pattern = jsonPattern(item, claimsAt, further(steps, index));
      if (!pattern) return undefined;
      items.push(pattern);
    }
    return { kind: "array", items };
  }
  if (value instanceof Map) {
    const [whole] = steps === "" ? [] : claimsAt(steps);
    if (whole) return { kind: "value", place: whole.place };
    const entries = new Map<string, JsonPattern<Place>>();
    for (const [key, item] of value) {
      const pattern = jsonPattern(item, claimsAt, further(steps, key));
      if (!pattern) return undefined;
      entries.set(key, pattern);
    }
    return { kind: "object", entries };
  }
  const claims = claimsAt(steps);
  if (claims.length === 0) return { kind: "literal", value };
  if (typeof value !== "string") return { kind: "value", place: (claims[0] as Claim<Place>).place };
  const text = textPattern(value, claims);
  return text && { kind: "text", text };
}
