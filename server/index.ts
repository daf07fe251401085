/** The proxy as a whole: listening, ready, and stopped without loss. */
import { randomBytes } from "node:crypto";
import type { Server } from "node:http";
import { createAdaptorServer } from "@hono/node-server";
import { type Cache, RepriseError } from "reprise";
import { resolveOptions as resolveCallOptions } from "../adapters/openai/options.js";
import { createApp } from "./app.js";
import { type Callers, createCallers } from "./callers.js";
import { readAssets } from "./inspector/assets.js";
import { newToken } from "./inspector/index.js";
import { createInspector } from "./inspector/routes.js";
import { listening, urlOf } from "./listening.js";
import { createLive } from "./live.js";
import { createMetrics } from "./metrics.js";
import { type ProxyOptions, resolveOptions } from "./options.js";
import type { Access, Refusal } from "./stages.js";
import { createTallies } from "./tallies.js";
import { createTenants } from "./tenants.js";
import { createUpstream } from "./upstream.js";
import { NOBODY } from "./visit.js";

export type { ProxyOptions } from "./options.js";

/** A proxy that listens. */
export interface Proxy {
  /** Where: `http://127.0.0.1:8787`. */
  readonly url: string;
  /** The page over the cache, with its token; `undefined` where it is switched off. */
  readonly page: string | undefined;
  /**
   * Takes no more calls, lets those under way come to their end (or breaks them off after `drainTimeout`),
   * and records what was observed. The cache itself stays open. Never rejects; a second call waits for the
   * first.
   */
  stop(): Promise<void>;
}

/**
 * Starts a proxy over a cache. `onFault` is told the class of what failed in it.
 *
 * @throws RepriseError `BAD_OPTION`, naming the option.
 */
export async function startProxy(
  cache: Cache,
  options: ProxyOptions,
  onFault: (error: unknown) => void = () => {},
): Promise<Proxy> {
  const settings = resolveOptions(options);
  const upstream = createUpstream(settings.upstream, {
    connect: settings.connectTimeout,
    reply: settings.replyTimeout,
  });
  const { tokens, trustedProxies, mode, model, chunks, share: shared, secret } = settings;
  let isReady = false;
  const metrics = createMetrics(cache);
  const callers = callersOf({ tokens, trustedProxies });
  const pageToken = settings.inspectToken ?? newToken();
  const pageCallers = createCallers({ tokens: [pageToken], trustedProxies });
  const inspector =
    settings.inspect === "off"
      ? undefined
      : createInspector({
          cache,
          assets: readAssets(),
          mayReach: (incoming) => settings.inspect === "token" || pageCallers.isLocal(incoming),
          hasToken: pageCallers.hasToken,
        });
  const live = createLive({
    access: openTo(callers),
    ...{ limits: undefined, hooks: undefined, log: undefined },
    upstream,
  });
  const app = createApp({
    cache,
    metrics,
    inspector: inspector?.app,
    live,
    id: `reprise-${randomBytes(8).toString("hex")}`,
    settings: resolveCallOptions(cache, { mode, model, chunks, onFault }),
    callers,
    tenants: createTenants({ secret, upstream: upstream.href, shared }),
    tallies: createTallies(),
    endpoint: upstream.href,
    isReady: () => isReady,
    limits: { call: settings.maxBody, passed: settings.maxUpload },
    onFault,
  });
  const server = createAdaptorServer({
    fetch: app.fetch,
    overrideGlobalObjects: false,
    serverOptions: {
      maxHeaderSize: 32 * 1024,
      headersTimeout: settings.headersTimeout,
      requestTimeout: settings.requestTimeout,
      connectionsCheckingInterval: Math.min(10_000, settings.headersTimeout),
      // Longer than most balancers keep theirs.
      keepAliveTimeout: 75_000,
    },
  }) as Server;
  // A client that neither sends nor reads; the provider may take as long as it may.
  server.setTimeout(settings.replyTimeout + 60_000);
  await listening(server, settings);
  // Calls are taken at once; the first ones wait for the store, as long as its deadline says.
  void cache.settled().then(
    () => {
      isReady = true;
    },
    () => undefined,
  );

  let stopping: Promise<void> | undefined;
  async function stop(): Promise<void> {
    isReady = false;
    const closed = new Promise<void>((resolve) => {
      server.close(() => resolve());
    });
    server.closeIdleConnections();
    const sweeping = setInterval(() => server.closeIdleConnections(), 100);
    const deadline = setTimeout(() => server.closeAllConnections(), settings.drainTimeout);
    await closed;
    clearInterval(sweeping);
    clearTimeout(deadline);
    await live.close();
    metrics.stop();
    inspector?.stop();
    await cache.settled();
  }
  return {
    url: urlOf(server),
    page: inspector && `${urlOf(server)}/_reprise/inspect/#token=${pageToken}`,
    stop: () => {
      stopping ??= stop();
      return stopping;
    },
  };
}

/** Whoever may ask is nobody in particular: where there are no app keys. */
function openTo(callers: Callers): Access {
  return { admit: ({ incoming }) => (callers.mayAsk(incoming) ? NOBODY : NO_TOKEN) };
}

const NO_TOKEN: Refusal = {
  to: "refuse",
  status: 401,
  message: "this proxy needs its token (Reprise-Auth: Bearer …)",
};

function callersOf(options: Parameters<typeof createCallers>[0]): ReturnType<typeof createCallers> {
  try {
    return createCallers(options);
  } catch (error) {
    throw new RepriseError(
      "BAD_OPTION",
      `serve: option "trustedProxies": ${error instanceof Error ? error.message : "is wrong"}`,
    );
  }
}
