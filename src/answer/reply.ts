/** Replies as callers see them, made from turns, with tool-call ids nobody has used. */
import { copyOf } from "../template/copy.js";
import { addTo } from "../template/parts/index.js";
import type { Draft } from "../template/parts/kind.js";
import type { Turn } from "../template/turn.js";
import type { Reply } from "../types.js";

/** A hydrated turn in the OpenAI shape. Reasoning becomes content parts; plain text stays a string. */
export function replyOf(turn: Turn, generateId: () => string): Reply {
  const draft: Draft = { content: [], calls: [], generateId };
  for (const part of turn.parts) addTo(draft, part);
  const { content, calls, refusal } = draft;
  const [first] = content;
  const only = content.length === 1 && first?.type === "text" ? first.text : undefined;
  return {
    role: turn.role,
    ...(turn.name !== undefined && { name: turn.name }),
    content: content.length === 0 ? null : (only ?? content),
    ...(refusal !== undefined && { refusal }),
    ...(calls.length > 0 && { tool_calls: calls }),
  };
}

/** A recorded reply as it was, with fresh tool-call ids. The recorded one is not touched. */
export function replayed(reply: Reply, generateId: () => string): Reply {
  const copy = copyOf(reply);
  if (!copy.tool_calls) return copy;
  return { ...copy, tool_calls: copy.tool_calls.map((call) => ({ ...call, id: generateId() })) };
}
