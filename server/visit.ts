/** One request on its way through the stages: what is known of it so far, and what is told of it at its end. */
import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Api } from "../adapters/openai/api.js";
import type { JsonRecord } from "../adapters/openai/record-of.js";
import type { RepriseMetadata } from "../adapters/shared/metadata.js";
import type { Stages } from "./live.js";
import type { Attempt, Caller, GatewayRequest, ModelRequest, Trace } from "./stages.js";

/** A request as it goes on; each stage adds what it found out. */
export interface Visit {
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
  readonly stages: Stages;
  readonly request: GatewayRequest;
  caller: Caller | undefined;
  api: Api | undefined;
  model: string | undefined;
  isStream: boolean;
  stoppedBy: string | undefined;
  cache: RepriseMetadata | undefined;
  provider: string | undefined;
  readonly attempts: Attempt[];
  usage: Trace["usage"];
}

/** Begins one; everyone who wants to know of it is told when the reply has come to its end, or is broken off. */
export function beginVisit(
  { incoming, outgoing }: Pick<Visit, "incoming" | "outgoing">,
  stages: Stages,
  { addressOf, onEnd }: VisitContext,
): Visit {
  const leaving = new AbortController();
  const at = Date.now();
  const began = performance.now();
  const visit: Visit = {
    ...{ incoming, outgoing, stages },
    request: headOf(incoming, { addressOf, signal: leaving.signal }),
    caller: undefined,
    api: undefined,
    model: undefined,
    isStream: false,
    stoppedBy: undefined,
    cache: undefined,
    provider: undefined,
    attempts: [],
    usage: undefined,
  };
  outgoing.once("close", () => {
    if (!outgoing.writableFinished) leaving.abort();
    tell(visit, { at, took: performance.now() - began });
    onEnd();
  });
  return visit;
}

/** What stages are told of a request whose body is not read. */
export function headOf(
  incoming: IncomingMessage,
  { addressOf, signal }: { readonly addressOf: VisitContext["addressOf"]; readonly signal: AbortSignal },
): GatewayRequest {
  const { method = "GET", url = "" } = incoming;
  let id: string | undefined;
  return {
    ...{ method, incoming, signal },
    path: url.split("?", 1)[0] ?? "",
    get id() {
      id ??= randomUUID();
      return id;
    },
    get address() {
      return addressOf(incoming);
    },
  };
}

/** What a visit needs to begin. */
export interface VisitContext {
  readonly addressOf: (incoming: IncomingMessage) => string | undefined;
  readonly onEnd: () => void;
}

/** What stages are told of a request whose body is read. */
export function modelRequest(
  { request, caller, api, model, isStream }: Visit,
  body: JsonRecord | undefined,
): ModelRequest {
  return {
    ...{ caller: caller ?? NOBODY, api, model, body, isStream },
    ...{ method: request.method, path: request.path, incoming: request.incoming, signal: request.signal },
    get id() {
      return request.id;
    },
    get address() {
      return request.address;
    },
  };
}

/** Whoever asks where no keys are given out. */
export const NOBODY: Caller = { id: undefined, namespace: undefined, models: undefined };

function tell(visit: Visit, { at, took }: Pick<Trace, "at" | "took">): void {
  const { access, limits, hooks, log } = visit.stages;
  if (!access.note && !limits && !hooks && !log) return;
  const { request, outgoing, caller, model, isStream, stoppedBy, cache, provider, attempts, usage } = visit;
  const trace: Trace = {
    ...{ at, took, caller, model, isStream, stoppedBy, cache, provider, attempts, usage },
    id: request.id,
    method: request.method,
    path: request.path,
    address: request.address,
    api: visit.api?.name,
    status: outgoing.statusCode,
    isWhole: outgoing.writableFinished,
  };
  access.note?.(trace);
  limits?.spent(trace);
  hooks?.onTrace(trace);
  log?.note(trace);
}
