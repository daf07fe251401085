/** Which requests of LangChain would be the same call to the model. */
import type { CacheRequest } from "reprise";

/** A key equal for requests that would be the same call to the model. Tool-call ids are positions already. */
export function flightKey(request: CacheRequest): string {
  const { messages, scope, model, tools, settings } = request;
  return JSON.stringify([scope ?? null, model, tools ?? null, settings ?? null, messages]);
}
