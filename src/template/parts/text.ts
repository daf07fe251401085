/** Running text: what a user, an assistant or a tool says. */
import { list } from "../fields.js";
import type { PartKind } from "./kind.js";

export const TEXT: PartKind<"text"> = {
  structure: () => "text",
  alike: () => true,
  text: ({ text }) => text,
  json: undefined,
  map: ({ text }, change) => ({ kind: "text", text: change.text(text) }),

  print: ({ text }, printer) => printer.text(text),

  encode: ({ text }, write) => ["text", write.text(text)],
  decode: (encoded, read) => ({ kind: "text", text: read.text(list(encoded, 2)[1]) }),

  isHidden: false,
  place: () => "text",

  fromContent: ({ text }) => (typeof text === "string" ? { kind: "text", text } : undefined),
  addTo: ({ content }, { text }) => void content.push({ type: "text", text }),
  refused: () => undefined,
  isBlank: ({ text }) => text.trim() === "",
};
