/** Which headers go on to the next one, and which belong to this connection or to this proxy alone. */
import { isOurs } from "../adapters/openai/headers.js";

/** Headers as they stand on the wire, names and values in turn: order, case and repetition are kept. */
export type RawHeaders = readonly string[];

// RFC 9110, section 7.6.1, and what older software sends. `Expect` is answered here.
const HOP_BY_HOP = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "expect",
]);

/** Name and value of each. */
export function* pairs(headers: RawHeaders): Generator<readonly [string, string]> {
  for (let at = 0; at + 1 < headers.length; at += 2) yield [headers[at] as string, headers[at + 1] as string];
}

/** The values of a header, in order. */
export function valuesOf(headers: RawHeaders, name: string): string[] {
  return [...pairs(headers)].filter(([other]) => other.toLowerCase() === name).map(([, value]) => value);
}

/** What belongs to the connection is left out, and what it names as its own; `apart` too. */
export function endToEnd(headers: RawHeaders, apart: (name: string) => boolean): string[] {
  const named = valuesOf(headers, "connection").flatMap((value) =>
    value.split(",").map((name) => name.trim().toLowerCase()),
  );
  const kept: string[] = [];
  for (const [name, value] of pairs(headers)) {
    const lower = name.toLowerCase();
    if (!HOP_BY_HOP.has(lower) && !named.includes(lower) && !apart(lower)) kept.push(name, value);
  }
  return kept;
}

// The provider is asked under its own name.
const isOfThisProxy = (name: string): boolean => name === "host" || name === LOOP || isOurs(name);

/**
 * What a provider gets of a request's headers: nothing that spoke to this proxy, and by whom it was passed
 * on.
 */
export function toProvider(
  headers: RawHeaders,
  { id, apart = [] }: { readonly id: string; readonly apart?: readonly string[] },
): string[] {
  const kept = endToEnd(headers, (name) => isOfThisProxy(name) || apart.includes(name));
  return [...kept, "CDN-Loop", [...valuesOf(headers, LOOP), id].join(", ")];
}

/** RFC 8586: every proxy adds its name, so that a request that comes round again is known. */
const LOOP = "cdn-loop";

/** How many proxies of this kind may stand in a row. */
const MAX_PROXIES = 8;

/** Whether a request has come through here before, or through too many like this. */
export function isLoop(headers: RawHeaders, id: string): boolean {
  const passed = valuesOf(headers, LOOP).flatMap((value) =>
    value.split(",").map((name) => name.split(";")[0]?.trim()),
  );
  return passed.includes(id) || passed.filter((name) => name?.startsWith("reprise-")).length >= MAX_PROXIES;
}
