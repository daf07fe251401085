/** Whether two parts of configurations say the same, secrets included. */
import { Secret } from "./secret.js";

/** Whether both say the same. */
export function isSame(one: unknown, other: unknown): boolean {
  return shown(one) === shown(other);
}

// For comparison alone: it holds secrets, and goes nowhere.
function shown(value: unknown): string {
  return JSON.stringify(value, function (this: Record<string, unknown>, name, item: unknown) {
    // A secret has been turned into a text by the time it comes here.
    const held = this[name];
    return held instanceof Secret ? { secret: held.reveal() } : item;
  });
}
