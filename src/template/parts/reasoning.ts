/**
 * What the model has thought before it answered: it counts for exact exchanges, and templates do not see it.
 */
import { list } from "../fields.js";
import type { PartKind } from "./kind.js";

export const REASONING: PartKind<"reasoning"> = {
  structure: () => "reasoning",
  alike: () => true,
  text: ({ text }) => text,
  json: undefined,
  map: ({ text }, change) => ({ kind: "reasoning", text: change.text(text) }),

  print: ({ text }, printer) => `[reasoning: ${printer.text(text)}]`,

  encode: ({ text }, write) => ["reasoning", write.text(text)],
  decode: (encoded, read) => ({ kind: "reasoning", text: read.text(list(encoded, 2)[1]) }),

  isHidden: true,
  place: undefined,

  fromContent: ({ text }) => (typeof text === "string" ? { kind: "reasoning", text } : undefined),
  addTo: ({ content }, { text }) => void content.push({ type: "reasoning", text }),
  refused: () => undefined,
  isBlank: () => true,
};
