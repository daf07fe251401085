/** Why an expression has no value. */

/** A stable code for why an expression has no value. */
export type EvaluationFaultCode =
  | "unbound" // a variable has no value
  | "unknown-function" // no function of this name
  | "arguments" // too few or too many arguments
  | "type" // a value of another type than the function takes
  | "range" // an index or number outside what the function can answer
  | "missing" // a key, a separator or an item that is not there
  | "unreadable" // a text that is no number, date, time or JSON
  | "division-by-zero"
  | "steps" // the step limit was hit
  | "size" // a value would grow beyond the size limit
  | "user-function"; // a registered function threw or gave no value

/**
 * Thrown inside the interpreter only; `evaluate` turns it into a value. Not an `Error`: synthesis tries
 * thousands of calls that fault, and a stack trace would cost more than the call.
 */
export class EvaluationFault {
  constructor(readonly code: EvaluationFaultCode) {}
}

/** What a running evaluation may still spend. */
export interface Meter {
  readonly maxSize: number;
  /** Takes `steps` from what is left; faults when nothing is. */
  spend(steps: number): void;
}

/** Faults when a text or list of this length would be too large: asked before it is built. */
export function checkSize(meter: Meter, length: number): void {
  if (!(length <= meter.maxSize)) throw new EvaluationFault("size");
}
