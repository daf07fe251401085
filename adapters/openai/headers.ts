/** What request headers ask of the cache, and what reply headers tell of it. */

import type { RepriseMetadata } from "../shared/metadata.js";
import type { RepriseCallOptions } from "../shared/options.js";
import { cacheStatus } from "./cache-status.js";

/** What the headers of a request ask. */
export interface Asking {
  /** Options of the call, not checked yet; `undefined` where none is given. */
  readonly given: Readonly<Record<string, unknown>> | undefined;
  /** `only-if-cached`: rather no reply than one of the model's. */
  readonly onlyIfCached: boolean;
  /** The oldest reply that is welcome, in milliseconds. */
  readonly maxAge: number | undefined;
}

/** A header that says nothing that can be understood; the caller is told what is wrong with it. */
export class BadHeader extends Error {
  override readonly name = "BadHeader";
}

/** Headers that speak to the cache and never reach a provider: all of `Reprise-…` and `Butter-…`. */
export const isOurs = (name: string): boolean => /^(?:reprise|butter)-/i.test(name);

// Who may speak to the proxy at all; not options of a call.
const KEYS = new Set(["reprise-auth", "butter-auth"]);

/** Reads what is asked. Throws `BadHeader` for bindings, switches and texts that are none. */
export function readHeaders(headers: Iterable<readonly [string, string]>): Asking {
  const given: Record<string, unknown> = {};
  const scopes: Record<string, string> = {};
  let directives = new Map<string, string>();
  for (const [written, value] of headers) {
    const name = written.toLowerCase();
    if (name === "cache-control") directives = directivesOf(value);
    if (!isOurs(name) || KEYS.has(name)) continue;
    if (name === "reprise-bindings" || name === "butter-bindings") given.bindings = toBindings(name, value);
    else if (name === "butter-disable-induction") given.induce = !toFlag(name, value);
    else if (name === "reprise-induce") given.induce = toFlag(name, value);
    else if (name === "reprise-scope" || name === "reprise-namespace") scopes[name] = asText(value);
    // A misspelt option is told of by whoever checks options.
    else given[name] = value;
  }
  const scope = scopeOf(scopes);
  if (scope !== undefined) given.scope = scope;
  const age = Number(directives.get("max-age") ?? Number.NaN);
  if (directives.has("no-cache") || age === 0) given.read = false;
  if (directives.has("no-store")) given.write = false;
  return {
    given: Object.keys(given).length > 0 ? given : undefined,
    onlyIfCached: directives.has("only-if-cached"),
    maxAge: age > 0 ? age * 1_000 : undefined,
  };
}

function scopeOf({
  "reprise-namespace": namespace,
  "reprise-scope": scope,
}: Record<string, string>): string | undefined {
  // No header can hold a NUL: a scope alone is never taken for a namespace.
  return namespace === undefined ? scope : `\0${JSON.stringify([namespace, scope ?? null])}`;
}

function directivesOf(value: string): Map<string, string> {
  const parts = value.split(",").map((part) => part.trim().toLowerCase().split("="));
  return new Map(
    parts.map(([name = "", argument = ""]) => [name.trim(), argument.trim().replaceAll('"', "")]),
  );
}

// Servers see all names in lower case.
const asWritten = (name: string): string => name.replace(/(?:^|-)[a-z]/g, (letter) => letter.toUpperCase());

function toFlag(name: string, value: string): boolean {
  if (/^true$/i.test(value)) return true;
  if (/^false$/i.test(value)) return false;
  throw new BadHeader(`${asWritten(name)} must be true or false`);
}

function toBindings(name: string, value: string): NonNullable<RepriseCallOptions["bindings"]> {
  let read: unknown;
  try {
    read = JSON.parse(asText(value));
  } catch {
    throw new BadHeader(`${asWritten(name)} must be a JSON object of strings; it is no JSON`);
  }
  if (typeof read !== "object" || read === null || Array.isArray(read))
    throw new BadHeader(`${asWritten(name)} must be a JSON object of strings`);
  for (const [key, item] of Object.entries(read)) {
    if (typeof item !== "string")
      throw new BadHeader(
        `${asWritten(name)} must be a JSON object of strings; the value of ${JSON.stringify(key)} is none`,
      );
  }
  return read as Record<string, string>;
}

/**
 * A header's value as the text that was meant: headers arrive byte by byte, and what is typed into a terminal
 * is UTF-8.
 */
function asText(value: string): string {
  if (!/[\u0080-\u00ff]/.test(value) || /[^\u0000-\u00ff]/.test(value)) return value;
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(
      Uint8Array.from(value, (character) => character.charCodeAt(0)),
    );
  } catch {
    return value;
  }
}

/**
 * The headers that tell what the cache did; `stored`: whether the reply is kept, where that is known already.
 */
export function toldHeaders(metadata: RepriseMetadata, stored?: boolean): Record<string, string> {
  const { template, id, age, saved, warnings } = metadata;
  return {
    "cache-status": cacheStatus(metadata, stored),
    ...(metadata.status === "hit" &&
      age !== undefined && { age: String(Math.max(0, Math.floor(age / 1_000))) }),
    ...(template !== undefined && { "reprise-template": template }),
    ...(id !== undefined && { "reprise-answer": id }),
    ...((metadata.status === "hit" || metadata.reason === "in-flight") && {
      "reprise-saved": `input=${saved.inputTokens}, output=${saved.outputTokens}`,
    }),
    ...(warnings && { "reprise-warning": warnings.map(asQuoted).join(", ") }),
  };
}

const asQuoted = (text: string): string => `"${text.replace(/[^ !#-[\]-~]/g, "?")}"`;
