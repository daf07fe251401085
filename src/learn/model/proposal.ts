/** What the agents' answers amount to, as plain data, and why it may be refused. */

/** A stretch of a text that an agent takes for data or for noise. */
export interface Span {
  /** The text it stands in, by the label under which it was shown: `m0`, `m2.city`, `reply`, `reply.state`. */
  readonly at: string;
  /** In UTF-16 units of that text. */
  readonly start: number;
  readonly end: number;
  readonly text: string;
  /** `noise`: bound and ignored. */
  readonly use: "data" | "noise";
  /** The variable it belongs to. */
  readonly name: string;
}

/** How a variable of the reply follows from others. */
export interface Derivation {
  readonly variable: string;
  /** An expression of the derivation language, as text. */
  readonly expression: string;
  /** The variables that it may read. */
  readonly on: readonly string[];
}

/** A template in the making: what was identified, named, arranged and derived of one exchange. */
export interface Proposal {
  readonly spans: readonly Span[];
  readonly derivations: readonly Derivation[];
  /** Expressions that must be true for the reply to be given. */
  readonly conditions: readonly string[];
  /** The name of a sub-workflow that begins with the last step, whatever came before it. */
  readonly entry?: string | undefined;
}

/** A proposal about an exchange, on its way to the verifier. */
export interface Proposed {
  /** Ids of exchanges: the one it was made of, and others that it must explain as well. */
  readonly exchange: string;
  readonly together: readonly string[];
  readonly proposal: Proposal;
}

/**
 * Why a proposal is refused.
 * - `wrong-span`: a stretch does not stand where it is said to; `overlapping`: two share a character or touch.
 * - `over-general`: too few words of a message would be left to tell it from others.
 * - `bad-name`, `name-clash`: no variable name; one name for two values, or for a value known by another.
 * - `unknown-variable`, `cyclic`, `not-arranged`: a derivation reads what is not there, itself, or what was
 *   not arranged for it.
 * - `not-in-language`: it does not parse, calls what nobody knows, or with too many arguments.
 * - `constant`: it reads nothing. `not-derived`: it gives another value, or nothing, for this very exchange.
 * - `too-large`: more than is shown, stored or evaluated.
 * - `smuggled`: a call would take its arguments from running text in a tool's result.
 * - `not-reproduced`: the template says something else to the exchange it was made of.
 * - `contradicted`: it says something else to another exchange that is known.
 * - `known`: there is such a template. `forgotten`: the exchange was erased meanwhile.
 * - `malformed`: not of the schema. `shed`: too much waited.
 */
export type RefusedFor =
  | "wrong-span"
  | "overlapping"
  | "over-general"
  | "bad-name"
  | "name-clash"
  | "unknown-variable"
  | "cyclic"
  | "not-arranged"
  | "not-in-language"
  | "constant"
  | "not-derived"
  | "too-large"
  | "smuggled"
  | "not-reproduced"
  | "contradicted"
  | "known"
  | "forgotten"
  | "malformed"
  | "shed";

/** Ends the making of a template, for a reason. */
export class Refused extends Error {
  constructor(readonly reason: RefusedFor) {
    super(reason);
    this.name = "Refused";
  }
}

/** What became of a proposal: the ids of the templates it made, or why there is none. */
export type Outcome =
  | { readonly kept: readonly string[]; readonly skeletons: readonly string[] }
  | { readonly refused: RefusedFor };

/** What is made, or the reason why it is not. */
export function refusable<Made>(
  make: () => Made,
): { readonly made: Made } | { readonly refused: RefusedFor } {
  try {
    return { made: make() };
  } catch (error) {
    if (error instanceof Refused) return { refused: error.reason };
    throw error;
  }
}
