/** Which call a turn is the result of, and whether it failed. */
import { list } from "../fields.js";
import type { PartKind } from "./kind.js";

export const RESULT: PartKind<"result"> = {
  structure: ({ call, error }) => `result ${call} ${error}`,
  alike: (left, right) => left.call === right.call && left.error === right.error,
  text: undefined,
  json: undefined,
  map: (part) => part,

  print: ({ call, error }) => `${call < 0 ? "" : `#${call} `}${error ? "failed " : ""}→`,
  unlike: (expected, { call, error }) => {
    if (call !== expected.call) return "is the result of another call";
    return error ? "is a failed call" : "is a call that did not fail";
  },

  encode: ({ call, error }) => ["result", call, error],
  decode: (encoded) => {
    const [, call, error] = list(encoded, 3);
    if (!Number.isSafeInteger(call) || typeof error !== "boolean")
      throw new TypeError("a result has a call's number and says if it failed");
    return { kind: "result", call: call as number, error };
  },

  isHidden: false,
  place: undefined,

  fromContent: undefined,
  addTo: undefined,
  refused: () => undefined,
  isBlank: () => false,
};
