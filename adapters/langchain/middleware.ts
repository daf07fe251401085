/** The cache before the model of an agent made by `createAgent`. */
import type { AgentMiddleware, WrapModelCallHook } from "langchain";
import { z } from "zod";
import type { RepriseCallOptions, RepriseLike } from "../shared/options.js";
import { wrapRunnable } from "./chat-model.js";
import { type RepriseOptions, resolveOptions } from "./options.js";

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
  const wrapping = { cache, settings: resolveOptions("repriseMiddleware", cache, options) };
  // An agent hands over the same model at every step.
  const wrapped = new WeakMap<object, object>();

  function wrap<Model extends object>(model: Model): Model {
    const known = wrapped.get(model) ?? wrapRunnable(model, wrapping);
    wrapped.set(model, known);
    return known as Model;
  }

  // The model finds `context.reprise` among its call options, where the agent puts its whole config.
  const wrapModelCall: WrapModelCallHook = (request, handler) => {
    let { model } = request;
    try {
      model = wrap(model);
    } catch (error) {
      wrapping.settings.onFault(error);
    }
    return handler({ ...request, model });
  };
  return { [BRAND]: true, name: "reprise", contextSchema, wrapModelCall } as never;
}

// What `createMiddleware` would make, so that whoever wraps models alone needs no `langchain`.
const BRAND = Symbol.for("AgentMiddleware");
