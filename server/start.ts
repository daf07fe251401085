/** What listens for the proxy and for the gateway: routes over stages, ready, and stopped without loss. */
import { randomBytes } from "node:crypto";
import type { IncomingMessage, Server } from "node:http";
import { createAdaptorServer } from "@hono/node-server";
import { type Cache, RepriseError } from "reprise";
import { resolveOptions as resolveCallOptions } from "../adapters/openai/options.js";
import { createApp } from "./app.js";
import { type Callers, createCallers } from "./callers.js";
import type { ConfigState } from "./config/watch.js";
import type { WhoAsks } from "./inspect.js";
import { readAssets } from "./inspector/assets.js";
import { newToken } from "./inspector/index.js";
import { createInspector } from "./inspector/routes.js";
import { listening, urlOf } from "./listening.js";
import type { Live } from "./live.js";
import { createMetrics, type Metrics } from "./metrics.js";
import type { ProxySettings } from "./options.js";
import { createTallies } from "./tallies.js";
import { createTenants } from "./tenants.js";
import { headOf } from "./visit.js";
import { whereaboutsOf } from "./whereabouts.js";

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

/** What a server is started with. */
export interface Parts {
  readonly cache: Cache;
  readonly settings: ProxySettings;
  /** The address by which tenants are told apart. */
  readonly href: string;
  readonly onFault: (error: unknown) => void;
  readonly stagesFor: (ground: Ground) => Staged | Promise<Staged>;
}

/** What stages may be made on. */
export interface Ground {
  /** This proxy's name among proxies. */
  readonly id: string;
  readonly callers: Callers;
  readonly metrics: Metrics;
}

/** Stages, and how the configuration stands that they come from. */
export interface Staged {
  readonly live: Live;
  readonly configState: (() => ConfigState) | undefined;
}

/** Starts a server. Rejects where it cannot listen, or its stages cannot be made. */
export async function startServer({ cache, settings, href, onFault, stagesFor }: Parts): Promise<Proxy> {
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
  const id = `reprise-${randomBytes(8).toString("hex")}`;
  const { live, configState } = await stagesFor({ id, callers, metrics });
  const tenants = createTenants({ secret, upstream: href, shared });
  async function tenantsOf(incoming: IncomingMessage): Promise<WhoAsks> {
    const { stages, release } = live.lease();
    const { addressOf } = callers;
    try {
      const admitted = await stages.access.admit(headOf(incoming, { addressOf, signal: NEVER }));
      const namespace = "to" in admitted ? undefined : admitted.namespace;
      const of = (usesCallersKey: boolean) => tenants.of(incoming.rawHeaders, { namespace, usesCallersKey });
      return namespace === undefined
        ? { hasKey: false, tenants: [of(true)] }
        : { hasKey: true, tenants: [of(false), of(true)] };
    } finally {
      release();
    }
  }
  const app = createApp({
    cache,
    metrics,
    inspector: inspector?.app,
    live,
    id,
    settings: resolveCallOptions(cache, { mode, model, chunks, onFault }),
    callers,
    ...{ tenants, tenantsOf },
    tallies: createTallies(),
    whereaboutsOf: (call) => whereaboutsOf(call, { live, callers, tenants }),
    configState,
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

// Nobody breaks off what is asked of the proxy itself.
const NEVER = new AbortController().signal;

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
