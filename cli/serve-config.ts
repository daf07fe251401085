/** `reprise serve --config`: the gateway on the command line. */
import { resolve } from "node:path";
import type { Command } from "commander";
import { createCache } from "reprise";
import { genaiPrices } from "reprise/prices";
import { BadConfig, BadHook, loadConfig, startGateway } from "../server/index.js";
import { type Io, Refused } from "./io.js";
import { createFaults, ended } from "./running.js";
import { findStore, missingFor, secretFor } from "./store.js";

/** Options that may stand beside a file: where it runs, which a container's own environment says. */
const BESIDE = new Set(["config", "json", "host", "port", "store"]);

/** Runs a gateway by a file until the process is stopped. */
export async function runGateway(path: string, self: Command, io: Io): Promise<void> {
  const file = resolve(path);
  const loaded = await read(file);
  const given = self.opts<Given>();
  const { config } = loaded;
  for (const option of self.options) {
    const name = option.attributeName();
    if (!BESIDE.has(name) && self.getOptionValueSource(name) === "cli")
      throw new Refused(`${option.long} cannot stand beside --config: say it in ${path} (docs/gateway.md)`);
  }

  /** What is typed counts before the file, the file before the environment. */
  function over<Value>(name: string, value: Value, ...place: [string, string]): Value | undefined {
    const source = self.getOptionValueSource(name);
    return source === "cli" || (source === "env" && !loaded.says(...place)) ? value : undefined;
  }
  const host = over("host", given.host, "listen", "host");
  const port = over("port", given.port, "listen", "port");
  const store = over("store", given.store, "cache", "store") ?? config.cache.store.reveal();
  const chosen = await findStore(store);
  const missing = await missingFor(store);
  if (missing) throw new Refused(missing);
  const { cache: said } = config;
  const secret = secretFor({
    given: said.secret?.reveal() ?? io.env.REPRISE_SECRET,
    chosen,
    shared: said.share,
  });
  const cache = createCache({
    ...(chosen.store && { store: chosen.store }),
    ...(said.audit_rate !== undefined && { auditRate: said.audit_rate }),
    namespace: said.namespace,
    policy: said.policy,
    maxSize: said.memory * 1024 * 1024,
    induction: said.worker ? { worker: true } : true,
    prices: genaiPrices(),
  });
  const say = given.json ? () => undefined : io.out;
  const faults = createFaults(io.err);
  cache.on("fault", (fault) =>
    faults.note("error" in fault ? `${fault.where}: ${fault.error}` : fault.where),
  );
  const gateway = await startGateway(cache, {
    ...{ path: file, loaded, secret, store: chosen.store },
    listen: { ...(host !== undefined && { host }), ...(port !== undefined && { port }) },
    onFault: (error) => faults.note(`gateway: ${error instanceof Error ? error.name : typeof error}`),
    say: (line) => io.err(line),
  }).catch(refused);
  const providers = Object.keys(config.providers);
  if (given.json)
    io.out(
      JSON.stringify({
        url: gateway.url,
        providers,
        store: chosen.told,
        page: gateway.page,
        admin: gateway.admin,
      }),
    );
  say(`reprise listens at ${gateway.url} and asks ${providers.join(", ")}`);
  say(`what it learns is kept in ${chosen.told}`);
  if (gateway.admin) say(`app keys are managed at ${gateway.admin}`);
  if (gateway.page) say(`what it knows is shown at ${gateway.page}`);
  const signal = await ended();
  say(`reprise stops (${signal}): calls under way come to their end`);
  await gateway.stop();
  await cache.close();
  faults.end();
  say("reprise has stopped");
  // Stores keep connections of their own.
  process.exit(0);
}

interface Given {
  readonly host: string;
  readonly port: number;
  readonly store: string;
  readonly json?: boolean;
}

async function read(file: string): ReturnType<typeof loadConfig> {
  return loadConfig(file).catch(refused);
}

function refused(error: unknown): never {
  throw error instanceof BadConfig || error instanceof BadHook ? new Refused(error.message) : error;
}
