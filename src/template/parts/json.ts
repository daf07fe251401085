/** What a tool gave, where it is a JSON object or list. */
import { list } from "../fields.js";
import type { PartKind } from "./kind.js";

export const JSON_RESULT: PartKind<"json"> = {
  structure: () => "json",
  alike: () => true,
  text: undefined,
  json: ({ value }) => value,
  map: ({ value }, change) => ({ kind: "json", value: change.json(value) }),

  print: ({ value }, printer) => printer.json(value),

  encode: ({ value }, write) => ["json", write.json(value)],
  decode: (encoded, read) => ({ kind: "json", value: read.json(list(encoded, 2)[1]) }),

  isHidden: false,
  place: () => "result",

  // An assistant gives no results.
  fromContent: undefined,
  addTo: undefined,
  refused: () => undefined,
  isBlank: () => false,
};
