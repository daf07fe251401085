/** The values a reply is made of, each under the name of its place. */
import type { Json } from "./json.js";
import { dataIn, placeNameOf } from "./parts/index.js";
import type { JsonPattern, ReplyPattern, TextPattern } from "./template.js";
import { onePlaceIn } from "./visit.js";

/**
 * A scalar of a reply. `place` is shared by all replies that say this kind of thing: a tool's argument, or a
 * context in text.
 */
export interface Leaf<Place> {
  readonly place: string;
  /** Where in this reply it stands. */
  readonly path: string;
  readonly content:
    | { readonly literal: Json }
    | { readonly hole: Place }
    | { readonly text: TextPattern<Place> };
  /**
   * `each`: it is said once for each item of a list. `list`: it is that list, and nothing of it is said
   * itself.
   */
  readonly extent?: "each" | "list";
}

/** Every argument of every call in a turn or reply, lists' positions aside, and every hole in its text. */
export function leavesOf<Place extends object>(pattern: ReplyPattern<Place>): Leaf<Place>[] {
  const leaves: Leaf<Place>[] = [];
  for (const [index, part] of pattern.parts.entries()) {
    if (part.kind === "each") {
      leaves.push({ place: `${part.tool}*`, path: `${index}`, content: { hole: part.list }, extent: "list" });
      // The places are those of a plain call: what one has held tells what the other may hold.
      const repeated: Leaf<Place>[] = [];
      jsonLeaves(part.args, part.tool, `${index}`, repeated);
      for (const leaf of repeated) leaves.push({ ...leaf, extent: "each" });
      continue;
    }
    const place = placeNameOf(part);
    const content = dataIn(part);
    if (place === undefined || !content) continue;
    if ("json" in content) jsonLeaves(content.json, place, `${index}`, leaves);
    else textLeaves(content.text, place, `${index}`, leaves);
  }
  return leaves;
}

function textLeaves<Place extends object>(
  pattern: TextPattern<Place>,
  place: string,
  path: string,
  leaves: Leaf<Place>[],
): void {
  for (const [at, segment] of pattern.entries()) {
    if (typeof segment === "object")
      leaves.push({
        place: `${place} ${contextOf(pattern, at)}`,
        path: `${path}.${at}`,
        content: { hole: segment },
      });
  }
}

function jsonLeaves<Place extends object>(
  pattern: JsonPattern<Place>,
  place: string,
  path: string,
  leaves: Leaf<Place>[],
): void {
  switch (pattern.kind) {
    case "literal":
      literalLeaves(pattern.value, place, path, leaves);
      return;
    case "text": {
      const only = onePlaceIn(pattern.text);
      leaves.push({
        place,
        path,
        content: only ? { hole: only } : { text: pattern.text },
      });
      return;
    }
    case "value":
      leaves.push({ place, path, content: { hole: pattern.place } });
      return;
    case "array":
      for (const [index, item] of pattern.items.entries())
        jsonLeaves(item, `${place}[]`, `${path}.${index}`, leaves);
      return;
    case "object":
      for (const [key, item] of pattern.entries)
        jsonLeaves(item, `${place}.${key}`, `${path}.${key}`, leaves);
      return;
  }
}

/** The scalars a value is made of, each under the name of its place, where the value stands at `place`. */
export function scalarsOf(
  value: Json,
  place: string,
): readonly { readonly place: string; readonly literal: Json }[] {
  const leaves: Leaf<never>[] = [];
  literalLeaves(value, place, "", leaves);
  return leaves.flatMap(({ place, content }) =>
    "literal" in content ? [{ place, literal: content.literal }] : [],
  );
}

function literalLeaves<Place extends object>(
  value: Json,
  place: string,
  path: string,
  leaves: Leaf<Place>[],
): void {
  if (Array.isArray(value))
    for (const [index, item] of value.entries())
      literalLeaves(item, `${place}[]`, `${path}.${index}`, leaves);
  else if (value instanceof Map)
    for (const [key, item] of value) literalLeaves(item, `${place}.${key}`, `${path}.${key}`, leaves);
  else leaves.push({ place, path, content: { literal: value } });
}

/** The two words and signs before a hole in text, else those after it. */
function contextOf<Place extends object>(pattern: TextPattern<Place>, at: number): string {
  const before = pattern[at - 1];
  if (typeof before === "string") return before.slice(-40).split(/\s+/).filter(Boolean).slice(-3).join(" ");
  const after = pattern[at + 1];
  return typeof after === "string"
    ? `< ${after.slice(0, 40).split(/\s+/).filter(Boolean).slice(0, 2).join(" ")}`
    : "";
}
