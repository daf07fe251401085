/** Which replies may be learned. Serving never asks: what was refused was never kept. */
import type { Turn } from "../template/turn.js";
import type { RefusalReason, ReplyDetails } from "../types.js";

// What providers call the two good endings. Everything else is cut off, filtered, failed or unknown.
const GOOD_ENDINGS = new Set(["stop", "tool_calls", "tool-calls", "tool_use", "end_turn", "function_call"]);

/** Why a reply must not be kept; `undefined` when it may be. */
export function refusalOf(said: Turn, details: ReplyDetails): RefusalReason | undefined {
  if (details.finishReason !== undefined && !GOOD_ENDINGS.has(details.finishReason)) return "finish-reason";
  if (said.parts.some((part) => part.kind === "refusal")) return "finish-reason";
  if (said.parts.some((part) => part.kind === "opaque" && part.type.startsWith("call "))) return "invalid-arguments";
  if (!said.parts.some((part) => part.kind !== "reasoning")) return "empty";
  if (said.parts.every((part) => part.kind === "reasoning" || (part.kind === "text" && part.text.trim() === ""))) return "empty";
  return undefined;
}
