/** The values a reply is made of, each under the name of its place. */
import type { Json } from "./json.js";
import { dataIn, placeNameOf } from "./parts/index.js";
import type { JsonPattern, ReplyPattern, TextPattern } from "./template.js";
import { onePlaceIn } from "./visit.js";

/** Where a value stands: `a[].b` as a place, `a.0.b` as a path. */
interface Spot {
  /** Shared by all replies that say this kind of thing: a tool's argument, or a context in text. */
  readonly place: string;
  /** Of this reply alone. */
  readonly path: string;
}

/** A scalar of a reply. */
export interface Leaf<Place> extends Spot {
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
  return pattern.parts.flatMap((part, index): Leaf<Place>[] => {
    const path = `${index}`;
    if (part.kind === "each") {
      // The places are those of a plain call: what one has held tells what the other may hold.
      const repeated = jsonLeaves(part.args, { place: part.tool, path });
      return [
        { place: `${part.tool}*`, path, content: { hole: part.list }, extent: "list" },
        ...repeated.map((leaf): Leaf<Place> => ({ ...leaf, extent: "each" })),
      ];
    }
    const place = placeNameOf(part);
    const content = dataIn(part);
    if (place === undefined || !content) return [];
    const spot = { place, path };
    return "json" in content ? jsonLeaves(content.json, spot) : textLeaves(content.text, spot);
  });
}

function textLeaves<Place extends object>(pattern: TextPattern<Place>, { place, path }: Spot): Leaf<Place>[] {
  return pattern.flatMap((segment, at) =>
    typeof segment === "object"
      ? [{ place: `${place} ${contextOf(pattern, at)}`, path: `${path}.${at}`, content: { hole: segment } }]
      : [],
  );
}

function jsonLeaves<Place extends object>(pattern: JsonPattern<Place>, spot: Spot): Leaf<Place>[] {
  switch (pattern.kind) {
    case "literal":
      return literalLeaves(pattern.value, spot);
    case "text": {
      const only = onePlaceIn(pattern.text);
      return [{ ...spot, content: only ? { hole: only } : { text: pattern.text } }];
    }
    case "value":
      return [{ ...spot, content: { hole: pattern.place } }];
    case "array":
      return pattern.items.flatMap((item, index) => jsonLeaves(item, itemOf(spot, index)));
    case "object":
      return [...pattern.entries].flatMap(([key, item]) => jsonLeaves(item, valueOf(spot, key)));
  }
}

/** The scalars a value is made of, each under the name of its place, where the value stands at `place`. */
export function scalarsOf(
  value: Json,
  place: string,
): readonly { readonly place: string; readonly literal: Json }[] {
  return literalLeaves(value, { place, path: "" }).map(({ place, content }) => ({ place, ...content }));
}

interface LiteralLeaf extends Spot {
  readonly content: { readonly literal: Json };
}

function literalLeaves(value: Json, spot: Spot): LiteralLeaf[] {
  if (Array.isArray(value)) return value.flatMap((item, index) => literalLeaves(item, itemOf(spot, index)));
  if (value instanceof Map)
    return [...value].flatMap(([key, item]) => literalLeaves(item, valueOf(spot, key)));
  return [{ ...spot, content: { literal: value } }];
}

function itemOf({ place, path }: Spot, index: number): Spot {
  return { place: placeUnder(place, index), path: `${path}.${index}` };
}

function valueOf({ place, path }: Spot, key: string): Spot {
  return { place: placeUnder(place, key), path: `${path}.${key}` };
}

/** The place of what stands under a key of an object or a position of a list that has a place. */
export function placeUnder(place: string, step: string | number): string {
  return typeof step === "number" ? `${place}[]` : `${place}.${step}`;
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
