/** The gateway: a server whose stages a configuration file tells, and that takes in what changes in the file. */
import { dirname } from "node:path";
import type { Cache, StoreSource } from "reprise";
import { type Admin, startAdmin } from "./admin/index.js";
import { type Composed, compose, type GatewayGround } from "./compose.js";
import { type LoadedConfig, type References, SURROUNDINGS } from "./config/load.js";
import { isSame } from "./config/same.js";
import type { Config } from "./config/schema.js";
import { Unchangeable, watchConfig } from "./config/watch.js";
import { createProcessKeys, type ProcessKeys } from "./keys/process-keys.js";
import { createLive } from "./live.js";
import { type ProxyOptions, resolveOptions } from "./options.js";
import { addressOf as addressOfProvider } from "./route/provider.js";
import { type Proxy, startServer } from "./start.js";

/** What a gateway is started with. */
export interface GatewayOptions {
  /** The file, as `loadConfig` read it. */
  readonly path: string;
  readonly loaded: LoadedConfig;
  /** What tenants are told apart with. */
  readonly secret: string;
  /** Where app keys are kept: the store of the cache; `undefined`: in memory alone. */
  readonly store?: StoreSource | undefined;
  /** Over what the file says of where to listen. */
  readonly listen?: { readonly host?: string; readonly port?: number };
  /** In milliseconds, between two looks at the file. Default: 2000. */
  readonly every?: number;
  readonly references?: References;
  readonly onFault?: (error: unknown) => void;
  /** A line for whoever runs it; never a secret. */
  readonly say?: (line: string) => void;
}

/** A gateway that listens. */
export interface Gateway extends Proxy {
  /** Where its admin API listens: `http://127.0.0.1:8788`; `undefined` where there is none. */
  readonly admin: string | undefined;
}

/** Sections that are read at the start alone: where it listens, and what it has in memory, cannot be swapped. */
const FIXED = ["listen", "cache", "admin"] as const satisfies readonly (keyof Config)[];

/**
 * Starts a gateway over a cache.
 *
 * @throws RepriseError `BAD_OPTION`, naming the option.
 */
export async function startGateway(cache: Cache, options: GatewayOptions): Promise<Gateway> {
  const { onFault = () => {} } = options;
  const { cache: said, admin: section } = options.loaded.config;
  const keys = createProcessKeys({ store: options.store, namespace: said.namespace, onFault });
  let admin: Admin | undefined;
  try {
    admin =
      section && (await startAdmin(section, { keys: keys.get(), tokens: [section.token.reveal()], onFault }));
    const { stop, ...started } = await startStages(cache, keys, options);
    return {
      ...started,
      admin: admin?.url,
      async stop() {
        await Promise.all([stop(), admin?.stop()]);
        // What was counted until now is recorded last.
        await keys.close();
      },
    };
  } catch (error) {
    await admin?.stop();
    await keys.close();
    throw error;
  }
}

async function startStages(cache: Cache, keys: ProcessKeys, options: GatewayOptions): Promise<Proxy> {
  const { path, loaded, references = SURROUNDINGS, every = 2_000 } = options;
  const { onFault = () => {}, say = () => {} } = options;
  const settings = resolveOptions(proxyOptions(loaded.config, options));
  return startServer({
    ...{ cache, settings, onFault },
    href: settings.upstream.href.replace(/\/+$/, ""),
    async stagesFor(made) {
      const ground: GatewayGround = { ...made, folder: dirname(path), keys, onFault, say };
      let current: Composed = await compose(loaded.config, ground);
      const live = createLive(current.stages);
      const watch = watchConfig({
        ...{ path, loaded, every, references, say },
        async take({ config }) {
          const fixed = FIXED.filter((section) => !isSame(current.config[section], config[section]));
          if (fixed.length > 0)
            throw new Unchangeable(
              `${fixed.map((name) => `\`${name}\``).join(", ")}: a change needs a new start`,
            );
          current = await compose(config, ground, current);
          live.swap(current.stages);
        },
      });
      made.metrics.configured(watch.state);
      return {
        live: {
          ...live,
          close: () => {
            watch.stop();
            return live.close();
          },
        },
        configState: watch.state,
      };
    },
  });
}

const MB = 1024 * 1024;

function proxyOptions({ listen, cache, providers }: Config, options: GatewayOptions): ProxyOptions {
  const silences = Object.values(providers).flatMap(({ timeouts }) => [timeouts.first_byte, timeouts.idle]);
  return {
    upstream: addressOf(Object.values(providers)[0]),
    host: options.listen?.host ?? listen.host,
    port: options.listen?.port ?? listen.port,
    secret: options.secret,
    share: cache.share,
    tokens: listen.tokens.map((token) => token.reveal()),
    trustedProxies: listen.trusted_proxies,
    inspect: listen.inspect,
    inspectToken: listen.inspect_token?.reveal(),
    mode: cache.shadow ? "shadow" : "serve",
    model: cache.model,
    chunks: cache.chunks,
    maxBody: listen.max_body * MB,
    maxUpload: listen.max_upload * MB,
    replyTimeout: Math.ceil(Math.max(1, ...silences) * 1_000),
    drainTimeout: Math.ceil(listen.drain * 1_000),
  };
}

/** The provider that stands first is the one by whose address tenants and replies are known. */
const addressOf = (section: Config["providers"][string] | undefined): string =>
  section === undefined ? "" : addressOfProvider(section).href;
