/** The way of one request: the stages it passes, in order. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { errors } from "undici";
import { apiOf } from "../adapters/openai/call.js";
import type { JsonRecord } from "../adapters/openai/record-of.js";
import { printEvent } from "../adapters/openai/sse.js";
import type { RepriseMetadata } from "../adapters/shared/metadata.js";
import { TooLarge } from "./body.js";
import type { Callers } from "./callers.js";
import { attempting, type CallContext, serveCall } from "./calls.js";
import { isLoop, toProvider } from "./headers.js";
import type { Live } from "./live.js";
import type { Metrics } from "./metrics.js";
import { type BodyLimits, readRequest, replaceBody, unread } from "./read-request.js";
import { passOn, relayThrough, sendPieces } from "./relay.js";
import { sendRefusal, sendText, writeHead } from "./reply.js";
import { allows } from "./route/pattern.js";
import type { ModelRequest, Refusal } from "./stages.js";
import type { Tallies } from "./tallies.js";
import type { Tenants } from "./tenants.js";
import { type Route, Unanswered } from "./upstream.js";
import { beginVisit, modelRequest, type Visit } from "./visit.js";
import { Stopped, wayOut } from "./way-out.js";

/** What requests are answered with. */
export interface GatewayContext extends Omit<CallContext, "metrics"> {
  readonly live: Live;
  readonly callers: Callers;
  readonly tenants: Tenants;
  readonly tallies: Tallies;
  readonly metrics: Metrics;
  readonly limits: BodyLimits;
  /** Told the class of what failed here, never what it says. */
  readonly onFault: (error: unknown) => void;
}

/** Answers a request. Never rejects: a reply is written to its end, or broken off. */
export async function answerRequest(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  context: GatewayContext,
): Promise<void> {
  const { stages, release } = context.live.lease();
  const { addressOf } = context.callers;
  const visit = beginVisit({ incoming, outgoing }, stages, { addressOf, onEnd: release });
  try {
    const stopped = await pass(visit, context);
    if (stopped) refuse(visit, stopped);
  } catch (error) {
    fail(visit, error, context);
  }
}

/** A stage that ends a request, and how. */
interface Stop {
  readonly by: string;
  readonly refusal: Refusal;
}

/** Each stage in turn. Resolves to the one that stops the request; to nothing where it is answered. */
async function pass(visit: Visit, context: GatewayContext): Promise<Stop | undefined> {
  const { incoming, stages, request } = visit;
  const { access, limits, hooks, upstream } = stages;

  // 1. Has it come through here before?
  if (isLoop(incoming.rawHeaders, context.id)) return stop("loop", LOOP);

  // 2. Who asks?
  const admitted = await access.admit(request);
  if ("to" in admitted) return stop("access", admitted);
  visit.caller = admitted;

  // 3. What is asked? All of a body is read where the cache, hooks or routes look into it.
  const path = upstream.pathOf(incoming.url ?? "");
  if (path === undefined || request.method === "CONNECT" || request.method === "TRACE")
    return stop("route", NO_REQUEST);
  visit.api = apiOf(request.method, addressOf(path))?.api;
  const read = await readRequest(visit, context.limits);
  if ("to" in read) return stop("route", read);
  let asked = modelRequest(visit, read.body);
  if (!mayAsk(asked)) return stop("access", notFor(asked));

  // 4. Is it too much?
  const tooMuch = await limits?.take(asked);
  if (tooMuch) return stop("limits", tooMuch);

  // 5. What do hooks make of it?
  if (hooks?.listens.request) {
    const verdict = await hooks.onRequest(asked);
    if (verdict.to === "refuse") return stop("hooks", verdict);
    if (verdict.to === "answer") return answerItself(asked, { visit, by: "hooks", reply: verdict.reply });
    if (verdict.body && verdict.body !== asked.body) {
      replaceBody(read, visit, verdict.body);
      asked = modelRequest(visit, verdict.body);
      if (!mayAsk(asked)) return stop("access", notFor(asked));
    }
  }

  // 6. Where does it go?
  const { rawHeaders } = incoming;
  const route = await upstream.routeOf({ ...asked, path, headers: rawHeaders });
  if ("to" in route)
    return route.to === "refuse"
      ? stop("route", route)
      : answerItself(asked, { visit, by: "route", reply: route.reply });

  if (route.body) replaceBody(read, visit, route.body);

  // 7. The cache, or whoever is behind it; hooks look at the reply on its way out.
  const called = route.isCached ? apiOf(request.method, addressOf(route.url)) : undefined;
  const { bytes, text } = read;
  if (!called || bytes === undefined || text === undefined)
    return passThrough({ visit, asked, route, body: bytes ?? unread(incoming, context.limits) }, context);
  const tenant = tenantOf(visit, route, context);
  function onDone(metadata: RepriseMetadata): void {
    visit.cache = metadata;
    context.tallies.note(tenant, metadata);
    context.metrics.note(metadata);
    if (metadata.id !== undefined) context.tenants.note(metadata.id, tenant);
  }
  await serveCall({ ...called, visit, asked, route, bytes, text, tenant, onDone }, context);
  return undefined;
}

const stop = (by: string, refusal: Refusal): Stop => ({ by, refusal });

const refusalOf = (status: number, message: string): Refusal => ({ to: "refuse", status, message });

const LOOP = refusalOf(508, "this request has come through this proxy before; see its --upstream");
const NO_REQUEST = refusalOf(400, "this is no request for the provider");

// What names no model, a list of models say, is for every key; what may hold one that cannot be read is not.
const mayAsk = ({ caller: { models }, model, method }: ModelRequest): boolean =>
  models === undefined || (model === undefined ? method === "GET" : allows(models, model));

const notFor = ({ model }: ModelRequest): Refusal =>
  refusalOf(
    403,
    `this key is not for ${model === undefined ? "requests that name no model" : `the model ${JSON.stringify(model)}`}`,
  );

/** Whom a call belongs to: with credentials of its own to them too, else to the namespace of its key. */
function tenantOf(
  { incoming, caller }: Visit,
  { usesCallersKey }: Route,
  { tenants }: GatewayContext,
): string | undefined {
  return tenants.of(incoming.rawHeaders, { namespace: caller?.namespace, usesCallersKey });
}

/** A reply that a stage gives instead of the cache and the provider. */
async function answerItself(
  asked: ModelRequest,
  { visit, by, reply }: { readonly visit: Visit; readonly by: string; readonly reply: JsonRecord },
): Promise<undefined> {
  const { outgoing, stages } = visit;
  visit.stoppedBy = by;
  const out = wayOut(stages.hooks, asked, "hook");
  const told = { "cache-status": `reprise; fwd=bypass; detail=${by}` };
  if (asked.api && asked.isStream) {
    const events = [...asked.api.toEvents(reply, { body: asked.body ?? {}, pieces: "whole" })].map(
      printEvent,
    );
    const headers = { "content-type": "text/event-stream; charset=utf-8", ...told };
    await sendPieces(outgoing, {
      pieces: out ? out.stream(events) : events,
      begin: () => outgoing.writeHead(200, headers),
    });
    return;
  }
  const text = JSON.stringify(reply);
  sendText(outgoing, {
    status: 200,
    headers: { "content-type": "application/json", ...told },
    text: asked.api && out ? await out.whole(text) : text,
  });
}

interface Passing {
  readonly visit: Visit;
  readonly asked: ModelRequest;
  readonly route: Route;
  readonly body: Buffer | AsyncIterable<Buffer> | null;
}

/** What the cache does not know: relayed as it comes, unless a hook is to look at it. */
async function passThrough(
  { visit, asked, route, body }: Passing,
  { id }: GatewayContext,
): Promise<undefined> {
  const { incoming, outgoing, request } = visit;
  const out = asked.api && wayOut(visit.stages.hooks, asked, "provider");
  const apart = [...(body instanceof Buffer ? ["content-length"] : []), ...(out ? ["accept-encoding"] : [])];
  const answer = await route.ask({
    method: request.method,
    headers: toProvider(incoming.rawHeaders, { id, apart }),
    body,
    signal: request.signal,
    ...attempting(visit, asked),
  });
  visit.provider = answer.provider;
  const told = { "cache-status": "reprise; fwd=bypass; detail=pass-through" };
  if (out && answer.status < 400) await relayThrough(answer, { out, outgoing, told });
  else {
    writeHead(outgoing, answer, told);
    await passOn(answer, outgoing);
  }
}

/** The path, and the query behind it. */
function addressOf(url: string): {
  readonly origin: string;
  readonly pathname: string;
  readonly search: string;
} {
  const [, origin = "", pathname = "", search = ""] = /^(\w+:\/\/[^/]*)?([^?]*)(.*)$/s.exec(url) ?? [];
  return { origin, pathname, search };
}

function refuse(visit: Visit, { by, refusal }: Stop): void {
  visit.stoppedBy = by;
  sendRefusal(visit.outgoing, refusal, visit.api);
}

function fail(visit: Visit, error: unknown, { onFault, limits }: GatewayContext): void {
  // Whoever left is told nothing.
  if (visit.outgoing.destroyed) return;
  const stopped = stopIn(error, limits);
  if (stopped) refuse(visit, stopped);
  else {
    onFault(error);
    sendRefusal(visit.outgoing, isLate(error) ? LATE : BROKEN, visit.api);
  }
}

function stopIn(error: unknown, limits: GatewayContext["limits"]): Stop | undefined {
  if (error instanceof TooLarge) return stop("route", tooLarge(limits));
  if (error instanceof Stopped) return stop("hooks", error.refusal);
  return error instanceof Unanswered ? stop("route", error.refusal) : undefined;
}

const isLate = (error: unknown): boolean =>
  error instanceof errors.HeadersTimeoutError ||
  error instanceof errors.BodyTimeoutError ||
  error instanceof errors.ConnectTimeoutError;

const LATE = refusalOf(504, "the provider did not answer in time");
const BROKEN = refusalOf(502, "the provider cannot be reached, or broke off");

const tooLarge = ({ call, passed }: GatewayContext["limits"]): Refusal =>
  refusalOf(413, `the body is longer than is taken: ${call} bytes of a call, ${passed} of anything else`);
