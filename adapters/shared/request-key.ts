/** Which requests would be the same call to the model. */
import type { CacheRequest } from "reprise";

/**
 * A key equal for requests that would be the same call. Tool-call ids are positions already; bindings and
 * opt-outs ask something of the cache, not of the model.
 */
export function requestKey(request: CacheRequest): string {
  const { messages, scope, model, tools, settings, toolVersion } = request;
  // Messages are written by adapters, in one order; settings are the caller's.
  return `${JSON.stringify([scope ?? null, model ?? null, tools ?? null, settings ?? null, toolVersion ?? null], inOrder)} ${JSON.stringify(messages)}`;
}

function inOrder(_name: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1)));
}
