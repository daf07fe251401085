/** The cache before the model of an agent made by `createAgent`. */
import type { AgentMiddleware, MIDDLEWARE_BRAND } from "langchain";
import * as z from "zod";
import type { CallOptions, RepriseLike } from "../shared/options.js";
import { wrapRunnable } from "./chat-model.js";
import { type RepriseOptions, resolveOptions } from "./options.js";

// Typed for the caller, not checked: a call with wrong options is still a call.
const contextSchema = z.looseObject({ reprise: z.custom<CallOptions>(() => true).optional() });

type Middleware = AgentMiddleware<undefined, typeof contextSchema, z.infer<typeof contextSchema>>;

/** Options of `repriseMiddleware`. */
export interface RepriseMiddlewareOptions extends RepriseOptions {
  /** The middleware's name in its agent; two in one agent need two. Default `reprise`. */
  readonly name?: string | undefined;
}

/**
 * Middleware for `createAgent`. It lets the agent ask a model that replays what the cache knows, so that a
 * hit goes through everything a model call goes through: callbacks, streamed messages, structured output. It
 * sees the request as the model would be sent it, wherever it stands. Middleware that looks at errors by
 * their class (`modelRetryMiddleware` with `retryOn`) goes after it, next to the model: LangChain wraps an
 * error once for each middleware that it passes.
 *
 * Options of one invocation go into its context: `agent.invoke(input, { context: { reprise: { bindings } }
 * })`. Throws `RepriseError` `BAD_OPTION` for options nobody knows.
 */
export function repriseMiddleware(
  cache: RepriseLike,
  { name = "reprise", ...options }: RepriseMiddlewareOptions = {},
): Middleware {
  const wrapping = { cache, settings: resolveOptions("repriseMiddleware", cache, options) };
  // An agent hands over the same model at every step.
  const wrapped = new WeakMap<object, object>();

  function wrap<Model extends object>(model: Model): Model {
    const known = wrapped.get(model) ?? wrapRunnable(model, wrapping);
    wrapped.set(model, known);
    return known as Model;
  }

  // The model finds `context.reprise` among its call options, where the agent puts its whole config.
  const wrapModelCall: NonNullable<Middleware["wrapModelCall"]> = (request, handler) => {
    let { model } = request;
    try {
      model = wrap(model);
    } catch (error) {
      wrapping.settings.onFault(error);
    }
    return handler({ ...request, model });
  };
  return { [BRAND]: true, name, contextSchema, wrapModelCall };
}

// What `createMiddleware` makes: its symbol is the same in every copy, and whoever wraps models alone needs
// no `langchain`.
const BRAND = Symbol.for("AgentMiddleware") as typeof MIDDLEWARE_BRAND;
