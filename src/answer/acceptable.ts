/** Which replies may be learned. Serving never asks: what was refused was never kept. */
import { isBlank, refusedFor } from "../template/parts/index.js";
import type { Turn } from "../template/turn.js";
import type { RefusalReason, ReplyDetails } from "../types.js";

// What providers call the two good endings. Everything else is cut off, filtered, failed or unknown.
const GOOD_ENDINGS = new Set(["stop", "tool_calls", "tool-calls", "tool_use", "end_turn", "function_call"]);

/** Why a reply must not be kept; `undefined` when it may be. */
export function refusalOf(said: Turn, details: ReplyDetails): RefusalReason | undefined {
  if (details.finishReason !== undefined && !GOOD_ENDINGS.has(details.finishReason)) return "finish-reason";
  for (const part of said.parts) {
    const refusal = refusedFor(part);
    if (refusal) return refusal;
  }
  return said.parts.every(isBlank) ? "empty" : undefined;
}
