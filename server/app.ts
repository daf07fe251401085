/** The routes of the proxy: what it is asked itself, and everything else, which goes through the stages. */
import type { ServerResponse } from "node:http";
import type { HttpBindings } from "@hono/node-server";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import { Hono } from "hono";
import { answerRequest, type GatewayContext } from "./gateway.js";
import { type InspectContext, inspectRoutes } from "./inspect.js";

/** What the routes work with. */
export interface AppContext extends GatewayContext, InspectContext {
  /** The page over the cache, where there is one. */
  readonly inspector: Hono<{ Bindings: HttpBindings }> | undefined;
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
    // A reply that is written there is written to its end, or broken off: clients must not take half of one
    // for all of it.
    await answerRequest(c.env.incoming, c.env.outgoing as ServerResponse, context);
    return RESPONSE_ALREADY_SENT;
  });
  return app;
}
