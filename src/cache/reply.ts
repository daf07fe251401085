/**
 * What of a reply and its details is kept: as the store would give it back, and no more than is asked for.
 */
import { CallNumbers, digestOf, normaliseMessage } from "../answer/normalise.js";
import { visible } from "../answer/read.js";
import type { Turn } from "../template/turn.js";
import type { Reply, ReplyDetails } from "../types.js";

/** A reply as it is compared: without reasoning. */
export function normalisedReply(reply: Reply): Turn {
  return visible(normaliseMessage({ ...reply, role: "assistant" }, new CallNumbers()));
}

/**
 * Whether a reply is no message of the assistant but something else: a bare text, a whole completion, a
 * user's message.
 */
export function isForeign(reply: unknown): boolean {
  if (reply === null || reply === undefined) return false; // nothing was said
  if (typeof reply !== "object" || Array.isArray(reply)) return true;
  const { role, ...rest } = reply as { role?: unknown };
  if (role !== undefined && role !== "assistant") return true;
  return Object.keys(rest).length > 0 && !SAYINGS.some((field) => field in rest);
}

// One of these is what a message says something in.
const SAYINGS = ["content", "tool_calls", "refusal", "function_call", "reasoning_content", "reasoning"];

const MAX_NOTES = 4096;

/** What is kept of the details: nothing a caller adds to them may grow the store. */
export function detailsOf({ finishReason, usage, notes }: ReplyDetails): ReplyDetails {
  const brief = notes && briefNotes(notes);
  const isUsage = Number.isFinite(usage?.inputTokens) && Number.isFinite(usage?.outputTokens);
  return {
    ...(finishReason !== undefined && { finishReason }),
    ...(usage && isUsage && { usage: { inputTokens: usage.inputTokens, outputTokens: usage.outputTokens } }),
    ...(brief && { notes: brief }),
  };
}

function briefNotes(notes: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> | undefined {
  try {
    const text = JSON.stringify(notes);
    return text.length > MAX_NOTES ? undefined : (JSON.parse(text) as Record<string, unknown>);
  } catch {
    return undefined;
  }
}

/**
 * A reply as a store gives it back; `undefined` if something in it (bytes, say) would come back as something
 * else.
 */
export function asJson(reply: Reply): Reply | undefined {
  const digest = digestOf(reply);
  try {
    const copy = JSON.parse(JSON.stringify(reply)) as Reply;
    return digestOf(copy) === digest ? copy : undefined;
  } catch {
    return undefined;
  }
}
