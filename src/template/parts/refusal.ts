/** The model's words where it refused: read in a conversation, never learned as a reply. */
import { list } from "../fields.js";
import type { PartKind } from "./kind.js";

export const REFUSAL: PartKind<"refusal"> = {
  structure: () => "refusal",
  alike: () => true,
  text: ({ text }) => text,
  json: undefined,
  map: ({ text }, change) => ({ kind: "refusal", text: change.text(text) }),

  print: ({ text }, printer) => `[refusal: ${printer.text(text)}]`,

  encode: ({ text }, write) => ["refusal", write.text(text)],
  decode: (encoded, read) => ({ kind: "refusal", text: read.text(list(encoded, 2)[1]) }),

  isHidden: false,
  place: undefined,

  fromContent: undefined,
  addTo: (reply, { text }) => {
    reply.refusal = text;
  },
  refused: () => "finish-reason",
  isBlank: () => false,
};
