/** A conversation after normalisation: what is compared, and nothing else. */
import type { Json } from "./json.js";

/**
 * The kinds of message part by name: in a message with a text and JSON as they are, in a pattern with places
 * in them. A part holds one text or one JSON value at the most; all else of it is its structure. What there
 * is to do with a kind stands in its file in `parts`. A tool's turn opens with `result`, an assistant's turn
 * may close with `call`s.
 */
export interface PartsOf<Text, Value> {
  readonly text: { readonly kind: "text"; readonly text: Text };
  readonly reasoning: { readonly kind: "reasoning"; readonly text: Text };
  readonly refusal: { readonly kind: "refusal"; readonly text: Text };
  /** A tool result that is a JSON object or array. */
  readonly json: { readonly kind: "json"; readonly value: Value };
  readonly call: { readonly kind: "call"; readonly tool: string; readonly args: Value };
  /**
   * Whose result this turn is: the ordinal of the call in the conversation, from 0; -1 when no call is known.
   */
  readonly result: { readonly kind: "result"; readonly call: number; readonly error: boolean };
  /** Anything else (image, file, audio, arguments that are no JSON), known by its digest alone. */
  readonly opaque: { readonly kind: "opaque"; readonly type: string; readonly digest: string };
}

/** The name of a kind of part. */
export type PartName = keyof PartsOf<unknown, unknown>;

/** A part of any kind, by what it holds. */
export type PartOf<Text, Value> = PartsOf<Text, Value>[PartName];

/** One part of a turn. */
export type Part = PartOf<string, Json>;

export interface Turn {
  readonly role: string;
  readonly name?: string;
  readonly parts: readonly Part[];
}
