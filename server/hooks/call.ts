/** What hooks are told of a request: as it comes, and when it has come to its end. */

import type { ModelRequest, Trace } from "../stages.js";
import { isCredential } from "../tenants.js";
import type { ApiName, CallFacts, JsonObject } from "./define.js";
import type { CommonCall } from "./run.js";

/** A request as hooks see it, with the body that hooks before have left; or what is left of it at its end. */
export function commonCall(request: ModelRequest | Trace, body?: JsonObject): CommonCall {
  const isOver = "at" in request;
  const model = body ? (typeof body.model === "string" ? body.model : undefined) : request.model;
  let headers: Readonly<Record<string, string>> | undefined;
  return {
    get id() {
      return request.id;
    },
    api: (isOver ? request.api : request.api?.name) as ApiName | undefined,
    model,
    stream: body ? body.stream === true : request.isStream,
    key: request.caller?.id,
    get headers() {
      headers ??= Object.freeze(isOver ? {} : plainHeaders(request));
      return headers;
    },
    leaving: isOver ? OVER : request.signal,
  };
}

// Nobody leaves what is over.
const OVER = new AbortController().signal;

function plainHeaders({ incoming }: ModelRequest): Record<string, string> {
  return Object.fromEntries(
    Object.entries(incoming.headers)
      .filter(([name, value]) => value !== undefined && !isCredential(name))
      .map(([name, value]) => [name, String(value)]),
  );
}

/** The facts of a request that is over. */
export function factsOf(trace: Trace): CallFacts {
  const { id, at, method, path, api, caller, model, provider, status, took, stoppedBy, cache, usage } = trace;
  const said = cache && (cache.reason === "in-flight" ? "shared" : cache.status);
  const outcome = stoppedBy === undefined ? said : "stopped";
  const reason = stoppedBy ?? (cache?.status === "hit" ? cache.match : cache?.reason);
  const saved = cache && cache.saved.inputTokens + cache.saved.outputTokens;
  return {
    id,
    time: new Date(at).toISOString(),
    method,
    path: pathTemplate(path),
    ...(api !== undefined && { api: api as ApiName }),
    ...(caller?.id !== undefined && { key: caller.id }),
    ...(model !== undefined && { model }),
    ...(provider !== undefined && { provider }),
    status,
    duration: Math.round(took * 100) / 100,
    ...(outcome !== undefined && { outcome }),
    ...(reason !== undefined && { reason }),
    ...(usage && { inputTokens: usage.inputTokens, outputTokens: usage.outputTokens }),
    ...(saved && { savedTokens: saved }),
  };
}

/** A path with a place for whatever looks like an id: what a client makes up is nothing to count or to search by. */
export function pathTemplate(path: string): string {
  const segments = path.split("/").map((segment, index) => {
    if (index === 0 || /^v\d{1,2}(?:beta)?$/.test(segment)) return segment;
    return /^[a-z][a-z_.-]{0,31}$/.test(segment) ? segment : segment === "" ? "" : "{id}";
  });
  return segments.slice(0, 9).join("/");
}
