/** A call of a tool, with its arguments. */
import { list, string } from "../fields.js";
import { printJson } from "../json.js";
import { plain, quote } from "../notation.js";
import { type PartKind, sized } from "./kind.js";

export const CALL: PartKind<"call"> = {
  structure: ({ tool }) => `call ${sized(tool)}`,
  alike: (left, right) => left.tool === right.tool,
  text: undefined,
  json: ({ args }) => args,
  map: ({ tool, args }, change) => ({ kind: "call", tool, args: change.json(args) }),

  print: ({ tool, args }, printer) => `${plain(tool)}(${printer.args(args)})`,
  unlike: (expected, { tool }) => `calls ${quote(tool)} instead of ${quote(expected.tool)}`,

  encode: ({ tool, args }, write) => ["call", tool, write.json(args)],
  decode: (encoded, read) => {
    const [, tool, args] = list(encoded, 3);
    return { kind: "call", tool: string(tool), args: read.json(args) };
  },

  isHidden: false,
  place: ({ tool }) => tool,

  fromContent: undefined,
  addTo: ({ calls, generateId }, { tool, args }) =>
    void calls.push({
      id: generateId(),
      type: "function",
      function: { name: tool, arguments: printJson(args) },
    }),
  refused: () => undefined,
  isBlank: () => false,
};
