/** The texts and values of a conversation, each with its place, and patterns made by claiming stretches of them. */
import { type Json, Numeral } from "../../template/json.js";
import type { JsonPattern, PartPattern, TextPattern, TurnPattern } from "../../template/template.js";
import type { Part, Turn } from "../../template/turn.js";

/** One text, or one scalar of a tool call or result. */
export interface Site {
  readonly turn: number;
  readonly part: number;
  /** Keys and positions into JSON; `undefined` for a text part. */
  readonly path: readonly (string | number)[] | undefined;
  readonly text: string;
  /** A number, boolean or null in JSON: taken whole or not at all. */
  readonly whole: boolean;
  /** `told`: what the user or a tool said. `made`: arguments of an earlier call. `fixed`: instructions. `spoken`: the assistant's own text. */
  readonly voice: "told" | "made" | "fixed" | "spoken";
}

/** A stretch of a site that a place takes. A list in JSON is taken whole, under its own path. */
export interface Claim<Place> {
  readonly start: number;
  readonly end: number;
  readonly place: Place;
}

/** Every site of a conversation, in order. */
export function sitesOf(turns: readonly Turn[]): Site[] {
  const sites: Site[] = [];
  for (const [turnIndex, turn] of turns.entries()) {
    for (const [partIndex, part] of turn.parts.entries()) {
      const voice = voiceOf(turn, part);
      if (part.kind === "text") {
        sites.push({ turn: turnIndex, part: partIndex, path: undefined, text: part.text, whole: false, voice });
      } else if (part.kind === "json" || part.kind === "call") {
        const value = part.kind === "json" ? part.value : part.args;
        jsonSites(value, [], (path, scalar) => {
          const text = typeof scalar === "string" ? scalar : scalar instanceof Numeral ? scalar.raw : String(scalar);
          sites.push({ turn: turnIndex, part: partIndex, path, text, whole: typeof scalar !== "string", voice });
        });
      }
    }
  }
  return sites;
}

function voiceOf(turn: Turn, part: Part): Site["voice"] {
  if (turn.role === "system" || turn.role === "developer") return "fixed";
  if (part.kind === "call") return "made";
  return turn.role === "assistant" ? "spoken" : "told";
}

function jsonSites(
  value: Json,
  path: (string | number)[],
  found: (path: readonly (string | number)[], scalar: null | boolean | string | Numeral) => void,
): void {
  if (Array.isArray(value)) for (const [index, item] of value.entries()) jsonSites(item, [...path, index], found);
  else if (value instanceof Map) for (const [key, item] of value) jsonSites(item, [...path, key], found);
  else found(path, value);
}

/** Names a site within its conversation. */
export function siteKey(turn: number, part: number, path: readonly (string | number)[] | undefined): string {
  return path === undefined ? `${turn}/${part}` : `${turn}/${part}/${JSON.stringify(path)}`;
}

/** What has been claimed, by site key. Claims of a site never overlap. */
export class Claims<Place extends object> {
  private readonly bySite = new Map<string, Claim<Place>[]>();

  of(key: string): readonly Claim<Place>[] {
    return this.bySite.get(key) ?? [];
  }

  /** Whether a list is claimed that a path leads into. */
  isWithin(turn: number, part: number, path: Site["path"]): boolean {
    return (path ?? []).some(
      (step, index) => typeof step === "number" && this.bySite.has(siteKey(turn, part, (path ?? []).slice(0, index))),
    );
  }

  isFree(key: string, start: number, end: number): boolean {
    return this.of(key).every((claim) => end <= claim.start || claim.end <= start);
  }

  add(key: string, claim: Claim<Place>): void {
    const claims = this.bySite.get(key);
    if (!claims) this.bySite.set(key, [claim]);
    else {
      claims.push(claim);
      claims.sort((left, right) => left.start - right.start);
    }
  }
}

/** The pattern of a turn with its claimed stretches as places; `undefined` if two places would touch. */
export function patternOf<Place extends object>(turn: Turn, index: number, claims: Claims<Place>): TurnPattern<Place> | undefined {
  const parts: PartPattern<Place>[] = [];
  for (const [partIndex, part] of turn.parts.entries()) {
    const pattern = partPattern(part, index, partIndex, claims);
    if (!pattern) return undefined;
    parts.push(pattern);
  }
  return { ...turn, parts };
}

function partPattern<Place extends object>(part: Part, turn: number, index: number, claims: Claims<Place>): PartPattern<Place> | undefined {
  switch (part.kind) {
    case "text": {
      const text = textPattern(part.text, claims.of(siteKey(turn, index, undefined)));
      return text && { kind: "text", text };
    }
    case "json": {
      const value = jsonPattern(part.value, (path) => claims.of(siteKey(turn, index, path)), []);
      return value && { kind: "json", value };
    }
    case "call": {
      const args = jsonPattern(part.args, (path) => claims.of(siteKey(turn, index, path)), []);
      return args && { kind: "call", tool: part.tool, args };
    }
    case "result":
    case "opaque":
      return part;
    default:
      return { kind: part.kind, text: part.text === "" ? [] : [part.text] };
  }
}

/** A text with its claims as places; `undefined` if two of them touch. */
export function textPattern<Place extends object>(text: string, claims: readonly Claim<Place>[]): TextPattern<Place> | undefined {
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
  claimsAt: (path: readonly (string | number)[]) => readonly Claim<Place>[],
  path: (string | number)[],
): JsonPattern<Place> | undefined {
  if (Array.isArray(value)) {
    const [whole] = claimsAt(path);
    if (whole) return { kind: "value", place: whole.place };
    const items: JsonPattern<Place>[] = [];
    for (const [index, item] of value.entries()) {
      const pattern = jsonPattern(item, claimsAt, [...path, index]);
      if (!pattern) return undefined;
      items.push(pattern);
    }
    return { kind: "array", items };
  }
  if (value instanceof Map) {
    const entries = new Map<string, JsonPattern<Place>>();
    for (const [key, item] of value) {
      const pattern = jsonPattern(item, claimsAt, [...path, key]);
      if (!pattern) return undefined;
      entries.set(key, pattern);
    }
    return { kind: "object", entries };
  }
  const claims = claimsAt(path);
  if (claims.length === 0) return { kind: "literal", value };
  if (typeof value !== "string") return { kind: "value", place: (claims[0] as Claim<Place>).place };
  const text = textPattern(value, claims);
  return text && { kind: "text", text };
}
