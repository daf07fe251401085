/** Tells the cache what came back from the tools of an agent, by the replies that called them. */
import type { AgentMiddleware } from "langchain";
import type { RepriseLike } from "../shared/options.js";
import { isRecord } from "./plain.js";
import { idOf } from "./reject.js";

/**
 * A `wrapToolCall` for a middleware of `createAgent`: what a tool gives is compared with what it gave in the
 * run that the step was learned from (`after` in the check of a tool). The result stays as it is, errors too;
 * the check is waited for, so that the next step knows of it. Goes with `repriseMiddleware` over the same cache:
 * `createMiddleware({ name: "verify", wrapToolCall: wrapToolCall(cache) })`.
 */
export function wrapToolCall(cache: RepriseLike): NonNullable<AgentMiddleware["wrapToolCall"]> {
  return async (request, handler) => {
    const given = await handler(request);
    try {
      const { id, name: tool, args } = request.toolCall;
      const answer = answerOf(request.state, id);
      const result = isRecord(given) && "content" in given ? given.content : given;
      if (answer !== undefined) await cache.verify?.(answer, { tool, args, result });
    } catch {
      // The cache's own faults are told by its events.
    }
    return given;
  };
}

/** The id of the reply that made a call. */
function answerOf(state: unknown, call: string | undefined): string | undefined {
  const messages = isRecord(state) && Array.isArray(state.messages) ? (state.messages as unknown[]) : [];
  const caller = messages.findLast(
    (message) =>
      isRecord(message) &&
      Array.isArray(message.tool_calls) &&
      message.tool_calls.some((made: unknown) => isRecord(made) && made.id === call),
  );
  return caller === undefined ? undefined : idOf(caller);
}
