/** The proxy in front of one provider, and the gateway in front of those that a file names. */
import type { Cache } from "reprise";
import { openAccess } from "./access.js";
import { createLive } from "./live.js";
import { type ProxyOptions, resolveOptions } from "./options.js";
import { type Proxy, startServer } from "./start.js";
import { createUpstream } from "./upstream.js";

export { configJsonSchema } from "./config/describe.js";
export { BadConfig, loadConfig } from "./config/load.js";
export { BadHook, checkHooks } from "./hooks/load.js";
export type { ProxyOptions } from "./options.js";
export type { Proxy } from "./start.js";
export { startGateway } from "./start-gateway.js";

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
  return startServer({
    ...{ cache, settings, onFault },
    href: upstream.href,
    stagesFor: ({ callers }) => ({
      live: createLive({
        access: openAccess(callers),
        ...{ limits: undefined, hooks: undefined, log: undefined },
        upstream,
      }),
      configState: undefined,
    }),
  });
}
