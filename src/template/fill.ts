/** Fills patterns: each place with a value, the rest as it stands there. */
import { type Json, scalarText } from "./json.js";
import type { Change } from "./parts/kind.js";
import type { JsonPattern, TextPattern } from "./template.js";

/** How places are filled. Both functions may throw: then nothing is filled. */
export interface PlaceValues<Place> {
  valueOf(place: Place): Json;
  /** Called where a list, an object or null should become a part of a text: it has no one text. */
  unwritable(): never;
}

/** What patterns of texts and JSON become with values in their places: for `mapPart`. */
export function fillerOf<Place extends object>(
  values: PlaceValues<Place>,
): Change<TextPattern<Place>, JsonPattern<Place>, string, Json> {
  function text(pattern: TextPattern<Place>): string {
    let whole = "";
    for (const segment of pattern) {
      whole +=
        typeof segment === "string" ? segment : (scalarText(values.valueOf(segment)) ?? values.unwritable());
    }
    return whole;
  }

  function json(pattern: JsonPattern<Place>): Json {
    switch (pattern.kind) {
      case "literal":
        return pattern.value;
      case "text":
        return text(pattern.text);
      case "value":
        return values.valueOf(pattern.place);
      case "array":
        return pattern.items.map(json);
      case "object":
        return new Map([...pattern.entries].map(([key, item]) => [key, json(item)]));
    }
  }

  return { text, json };
}
