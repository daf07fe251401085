/** The inspector by itself: a page over a cache, on this machine. */
import { randomBytes } from "node:crypto";
import type { Server } from "node:http";
import { createAdaptorServer } from "@hono/node-server";
import type { Cache } from "reprise";
import { createCallers } from "../callers.js";
import { listening, urlOf } from "../listening.js";
import { readAssets } from "./assets.js";
import { createInspector } from "./routes.js";

/** Where the page is. */
export interface InspectorOptions {
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Default: one that is free. */
  readonly port?: number;
  /** Default: one that is made up. */
  readonly token?: string;
  /** Others than this machine may open it, with the token. */
  readonly anywhere?: boolean;
  /** Where the page's files are, if not beside this. */
  readonly assets?: URL;
}

/** A page that is served. */
export interface OpenInspector {
  /** With the token, for a browser. */
  readonly url: string;
  stop(): Promise<void>;
}

/** A token of its own for a page. */
export function newToken(): string {
  return randomBytes(24).toString("base64url");
}

/** Serves the page of a cache, which stays the caller's. */
export async function startInspector(cache: Cache, options: InspectorOptions = {}): Promise<OpenInspector> {
  const { host = "127.0.0.1", port = 0, token = newToken(), anywhere = false, assets } = options;
  const callers = createCallers({ tokens: [token], trustedProxies: [] });
  const inspector = createInspector({
    cache,
    assets: readAssets(assets),
    mayReach: (incoming) => anywhere || callers.isLocal(incoming),
    hasToken: callers.hasToken,
  });
  const server = createAdaptorServer({ fetch: inspector.app.fetch, overrideGlobalObjects: false }) as Server;
  await listening(server, { host, port });
  return {
    url: `${urlOf(server)}/#token=${token}`,
    async stop() {
      inspector.stop();
      server.closeAllConnections();
      await new Promise<void>((resolve) => void server.close(() => resolve()));
    },
  };
}
