/** A conversation after normalisation: what is compared, and nothing else. */
import type { Json } from "./json.js";

/** One part of a turn. A tool turn opens with `result`, an assistant turn may close with `call`s. */
export type Part =
  | { readonly kind: "text" | "reasoning" | "refusal"; readonly text: string }
  /** A tool result that is a JSON object or array. */
  | { readonly kind: "json"; readonly value: Json }
  | { readonly kind: "call"; readonly tool: string; readonly args: Json }
  /** Whose result this turn is: the ordinal of the call in the conversation, from 0; -1 when no call is known. */
  | { readonly kind: "result"; readonly call: number; readonly error: boolean }
  /** Anything else (image, file, audio, arguments that are no JSON), known by its digest alone. */
  | { readonly kind: "opaque"; readonly type: string; readonly digest: string };

export interface Turn {
  readonly role: string;
  readonly name?: string;
  readonly parts: readonly Part[];
}
