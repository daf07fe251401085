/**
 * What is known by its digest alone: an image, a file, audio, a field that nobody knows, arguments that are
 * no JSON.
 */
import { list, string } from "../fields.js";
import { escapeControls, plain } from "../notation.js";
import { type PartKind, sized } from "./kind.js";

export const OPAQUE: PartKind<"opaque"> = {
  structure: ({ type, digest }) => `opaque ${sized(type)} ${digest}`,
  alike: (left, right) => left.type === right.type && left.digest === right.digest,
  text: undefined,
  json: undefined,
  map: (part) => part,

  print: ({ type, digest }) => `[${plain(type)} ${digest.slice(0, 8)}]`,
  unlike: (expected, { type }) =>
    type === expected.type ? `holds another ${escapeControls(type)}` : undefined,

  encode: ({ type, digest }) => ["opaque", type, digest],
  decode: (encoded) => {
    const [, type, digest] = list(encoded, 3);
    return { kind: "opaque", type: string(type), digest: string(digest) };
  },

  isHidden: false,
  place: undefined,

  // A digest cannot be given back.
  fromContent: undefined,
  addTo: undefined,
  // Arguments of a call that were no JSON.
  refused: ({ type }) => (type.startsWith("call ") ? "invalid-arguments" : undefined),
  isBlank: () => false,
};
