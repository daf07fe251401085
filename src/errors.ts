/** Every message of this library that a user can see. */

const ADVICE = {
  BAD_OPTION: "see docs/options.md",
  BAD_NOTATION: "write literal text with {{name}} or {{name:domain}} slots; escape a literal {{ as \\{{",
  BAD_EXPRESSION: "see docs/derivations.md for the language",
  BAD_REQUEST: "hand in messages in the OpenAI Chat Completions shape",
  BAD_REVIEW: "see approve() in docs/review.md",
  BAD_FILTER: "see forget() in docs/options.md",
  CLOSED: "create a new cache; a closed one takes nothing more",
} as const;

/** Stable error codes. */
export type ErrorCode = keyof typeof ADVICE;

const MARK: unique symbol = Symbol.for("reprise.error") as never;

/**
 * An error with a stable `code`. Its message says what is wrong and what to do, and never quotes a
 * conversation.
 */
export class RepriseError extends Error {
  readonly code: ErrorCode;
  /** @internal */
  readonly [MARK] = true;

  constructor(code: ErrorCode, detail: string, options?: ErrorOptions) {
    super(`reprise: ${detail} (${code}: ${ADVICE[code]})`, options);
    this.name = "RepriseError";
    this.code = code;
  }

  /** Whether a value is a `RepriseError`, also one of another copy of this package. */
  static isInstance(value: unknown): value is RepriseError {
    return typeof value === "object" && value !== null && MARK in value;
  }
}
