/** The cache before the model of an agent made by `createAgent`. */
import { type AgentMiddleware, createMiddleware } from "langchain";
import { z } from "zod";
import { wrapRunnable } from "./chat-model.js";
import { type RepriseCallOptions, type RepriseLike, type RepriseOptions, resolveOptions } from "./options.js";

// Typed for the caller, not checked: a call with wrong options is still a call.
const contextSchema = z.looseObject({ reprise: z.custom<RepriseCallOptions>(() => true).optional() });

/**
 * Middleware for `createAgent`. It lets the agent ask a model that replays what the cache knows, so that a hit goes through
 * everything a model call goes through: callbacks, streamed messages, structured output. Put it last, next to the model:
 * it then sees what the other middleware made of the request.
 *
 * Options of one invocation go into its context: `agent.invoke(input, { context: { reprise: { bindings } } })`. Throws
 * `RepriseError` `BAD_OPTION` for options nobody knows.
 */
export function repriseMiddleware(
  cache: RepriseLike,
  options?: RepriseOptions,
): AgentMiddleware<undefined, typeof contextSchema, z.infer<typeof contextSchema>> {
  const settings = resolveOptions("repriseMiddleware", cache, options);
  return createMiddleware({
    name: "reprise",
    contextSchema,
    wrapModelCall: async (request, handler) => {
      let { model } = request;
      try {
        model = wrapRunnable(model, { cache, settings, callOptions: request.runtime.context?.reprise });
      } catch (error) {
        settings.onFault(error);
      }
      return handler({ ...request, model });
    },
  }) as never;
}
