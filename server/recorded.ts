/** Takes in a recorded call as a proxy would have that all callers share: under the scope it would look it up. */
import type { Cache, RefusalReason } from "reprise";
import { answerCall, apiNamed } from "../adapters/openai/call.js";
import { resolveOptions } from "../adapters/openai/options.js";

/** A call as a log of an HTTP client has it: both bodies as JSON. */
export interface RecordedCall {
  readonly request: Readonly<Record<string, unknown>>;
  readonly response: unknown;
}

/** Takes calls in. Resolves with why one was not kept, if it was not. */
export type TakeIn = (call: RecordedCall) => Promise<RefusalReason | "not-a-call" | undefined>;

/** Takes calls in for `reprise serve --share` before the API at this address. */
export function recorderFor(cache: Cache, upstream: URL): TakeIn {
  // It is only watched: every reply is the log's own, and whatever is known is tried on it.
  const settings = { ...resolveOptions(cache, { mode: "shadow" }), scope: () => undefined };
  const endpoint = `${upstream.origin}${upstream.pathname.replace(/\/+$/, "")}`;
  return async ({ request, response }) => {
    const api = apiNamed("input" in request && !("messages" in request) ? "responses" : "chat");
    if (!api) return "not-a-call";
    const { stream: _, ...body } = request;
    const way = await answerCall(
      cache,
      {
        ...{ api, endpoint, url: `${endpoint}${api.path}`, headers: [], signal: undefined },
        text: JSON.stringify(body),
        sample: () => Promise.reject(new Error("asks nobody")),
      },
      settings,
    );
    const watch =
      way.to === "provider" ? way.watch({ status: 200, contentType: "application/json" }) : undefined;
    if (!watch) return "not-a-call";
    void watch.add(new TextEncoder().encode(JSON.stringify(response)));
    return (await watch.end()).refused;
  };
}
