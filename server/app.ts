/**
 * The routes of the proxy: what it is asked itself, calls that the cache knows, and everything else, passed
 * on.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { HttpBindings } from "@hono/node-server";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import { Hono } from "hono";
import { errors } from "undici";
import { apiOf } from "../adapters/openai/call.js";
import type { RepriseMetadata } from "../adapters/shared/metadata.js";
import { counted, hasBody, readBody, saysTooLarge, TooLarge } from "./body.js";
import { type CallContext, passOn, serveCall } from "./calls.js";
import { isLoop, toProvider } from "./headers.js";
import { type InspectContext, inspectRoutes } from "./inspect.js";
import type { Metrics } from "./metrics.js";
import { sendError, writeHead } from "./reply.js";

/** What the routes work with. */
export interface AppContext extends CallContext, InspectContext {
  readonly metrics: Metrics;
  /** The page over the cache, where there is one. */
  readonly inspector: Hono<{ Bindings: HttpBindings }> | undefined;
  /** In bytes: of a call that is read, and of anything that is passed on. */
  readonly limits: { readonly call: number; readonly passed: number };
  /** Told the class of what failed here, never what it says. */
  readonly onFault: (error: unknown) => void;
}

/** An application for `@hono/node-server`. */
export function createApp(context: AppContext): Hono<{ Bindings: HttpBindings }> {
  const app = new Hono<{ Bindings: HttpBindings }>();
  if (context.inspector) {
    app.get("/_reprise/inspect", (c) => c.redirect("/_reprise/inspect/"));
    app.mount("/_reprise/inspect", context.inspector.fetch);
  }
  app.route("/_reprise", inspectRoutes(context));
  app.get("/metrics", async (c) => {
    if (!context.callers.mayMeasure(c.env.incoming))
      return c.text("reprise: this needs the proxy's token (Authorization: Bearer …)\n", 401);
    return c.body(await context.metrics.print(), 200, { "content-type": context.metrics.contentType });
  });
  app.all("*", async (c) => {
    const { incoming, outgoing } = c.env;
    // A reply that is written here is written to its end, or broken off: clients must not take half of one
    // for all of it.
    await handle(incoming, outgoing as ServerResponse, context).catch((error: unknown) =>
      fail(error, outgoing as ServerResponse, context),
    );
    return RESPONSE_ALREADY_SENT;
  });
  return app;
}

async function handle(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  context: AppContext,
): Promise<void> {
  const { callers, upstream, limits, id } = context;
  const { method = "GET", rawHeaders, url: target = "" } = incoming;
  if (isLoop(rawHeaders, id))
    return sendError(outgoing, 508, "this request has come through this proxy before; see its --upstream");
  if (!callers.mayAsk(incoming))
    return sendError(outgoing, 401, "this proxy needs its token (Reprise-Auth: Bearer …)");
  const path = upstream.pathOf(target);
  if (path === undefined || method === "CONNECT" || method === "TRACE")
    return sendError(outgoing, 400, "this is no request for the provider");
  const api = apiOf(method, addressOf(path, upstream.origin));
  if (api && incoming.headers["content-encoding"] === undefined) {
    if (saysTooLarge(incoming, limits.call)) throw new TooLarge();
    const bytes = await readBody(incoming, limits.call);
    const text = textOf(bytes);
    const tenant = context.tenants.of(rawHeaders);
    const call = {
      ...{ ...api, incoming, outgoing, path, bytes, text, tenant },
      onDone(metadata: RepriseMetadata) {
        context.tallies.note(tenant, metadata);
        context.metrics.note(metadata);
        if (metadata.id !== undefined) context.tenants.note(metadata.id, tenant);
      },
    };
    return serveCall(call, context);
  }
  if (saysTooLarge(incoming, limits.passed)) throw new TooLarge();
  const body = hasBody(incoming) ? counted(incoming, limits.passed) : null;
  const leaving = new AbortController();
  outgoing.once("close", () => {
    if (!outgoing.writableFinished) leaving.abort();
  });
  const answer = await upstream.ask({
    method,
    path,
    headers: toProvider(rawHeaders, { id }),
    body,
    signal: leaving.signal,
  });
  writeHead(outgoing, answer, { "cache-status": "reprise; fwd=bypass; detail=pass-through" });
  await passOn(answer, outgoing);
}

function addressOf(
  path: string,
  origin: string,
): { readonly origin: string; readonly pathname: string; readonly search: string } {
  const query = path.indexOf("?");
  return query < 0
    ? { origin, pathname: path, search: "" }
    : { origin, pathname: path.slice(0, query), search: path.slice(query) };
}

/** A body that is no UTF-8 is none that the cache can read; it is told so by a text that is no JSON. */
function textOf(bytes: Buffer): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return "";
  }
}

function fail(error: unknown, outgoing: ServerResponse, { onFault, limits }: AppContext): void {
  // Whoever left is told nothing.
  if (outgoing.destroyed) return;
  if (error instanceof TooLarge) {
    sendError(
      outgoing,
      413,
      `the body is longer than is taken: ${limits.call} bytes of a call, ${limits.passed} of anything else`,
    );
    return;
  }
  onFault(error);
  const isLate =
    error instanceof errors.HeadersTimeoutError ||
    error instanceof errors.BodyTimeoutError ||
    error instanceof errors.ConnectTimeoutError;
  sendError(
    outgoing,
    isLate ? 504 : 502,
    isLate ? "the provider did not answer in time" : "the provider cannot be reached, or broke off",
  );
}
