/** Who may ask where there are no app keys: this machine, and whoever has the proxy's token where one is asked for. */
import type { Callers } from "./callers.js";
import type { Access, Refusal } from "./stages.js";
import { NOBODY } from "./visit.js";

/**
 * Whoever may ask is nobody in particular. `keepsKeys`: requests are paid for by keys that are kept here; then
 * others than this machine need a token in any case.
 */
export function openAccess(callers: Callers, { keepsKeys = false } = {}): Access {
  const mayAsk = keepsKeys ? callers.mayLook : callers.mayAsk;
  return { admit: ({ incoming }) => (mayAsk(incoming) ? NOBODY : NO_TOKEN) };
}

const NO_TOKEN: Refusal = {
  to: "refuse",
  status: 401,
  message: "this proxy needs its token (Reprise-Auth: Bearer …)",
};
