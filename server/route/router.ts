/** Several providers as one upstream: which of them a request may go to, and in what order they are asked. */

import { toProvider } from "../headers.js";
import type { Metrics } from "../metrics.js";
import { valueOf } from "../reply.js";
import type { Answer, Refusal } from "../stages.js";
import { type ProviderRequest, pathAt, type Route, type RouteRequest, type Upstream } from "../upstream.js";
import { createRetryBudget } from "./backoff.js";
import { askInTurn } from "./failover.js";
import type { Chance } from "./keys.js";
import { mergedModels, type Reachable } from "./models.js";
import { type Listed, type Order, orderBy } from "./order.js";
import { allows } from "./pattern.js";
import { createProvider, type Provider } from "./provider.js";
import type { FailoverConfig, ProviderConfig, RouteConfig } from "./schema.js";

/** What a router is made from. */
export interface RouterOptions {
  readonly providers: Readonly<Record<string, ProviderConfig>>;
  /** `undefined`: every model to every provider, in their order. */
  readonly routes: readonly RouteConfig[] | undefined;
  readonly failover: FailoverConfig;
  /** This proxy's name among proxies. */
  readonly id: string;
  readonly metrics?: Pick<Metrics, "attempted" | "routed">;
}

interface Ruled {
  readonly config: RouteConfig;
  readonly listed: readonly Listed[];
  readonly order: Order;
}

const CHANCE: Chance = { random: Math.random, now: () => performance.now() };

/** A router for these sections of a configuration, whose names fit each other. */
export function createRouter(
  { providers: sections, routes, failover, id, metrics }: RouterOptions,
  chance: Chance = CHANCE,
): Upstream {
  const providers = new Map(
    Object.entries(sections).map(([name, section]) => [name, createProvider(name, section, chance)]),
  );
  const budget = createRetryBudget(failover.budget);
  const rules: Ruled[] = (routes ?? [everything([...providers.keys()])]).map((config) => ({
    config,
    listed: config.providers.flatMap(({ name, weight }) => {
      const provider = providers.get(name);
      return provider ? [{ provider, weight }] : [];
    }),
    order: orderBy(config.strategy, chance),
  }));
  const reachable: readonly Reachable[] = [...providers.values()].map((provider) => ({
    provider,
    isRouted(model) {
      const rule = ruleFor(model);
      return rule?.listed.some((one) => one.provider === provider) ?? false;
    },
  }));

  function ruleFor(model: string | undefined): Ruled | undefined {
    // A request that names no model can go nowhere but to the only one there is.
    if (model === undefined) return providers.size === 1 ? rules[0] : undefined;
    return rules.find(({ config }) => allows(config.models, model));
  }

  const counting = (asked: ProviderRequest): ProviderRequest => ({
    ...asked,
    onAttempt(attempt) {
      metrics?.attempted(attempt);
      asked.onAttempt?.(attempt);
    },
  });

  function routeOf(request: RouteRequest): Route | Refusal | Promise<Answer | Refusal> {
    budget.earn();
    const native = /^\/native\/([^/?]+)(\/.*)$/s.exec(request.path);
    if (native) return nativeRoute(request, native[1] ?? "", native[2] ?? "");
    if (request.method === "GET" && /\/models\/?(?:\?|$)/.test(request.path)) return listModels(request);
    const rule = ruleFor(request.model);
    if (!rule) return request.model === undefined ? NO_MODEL : noRoute(request.model);
    const able = rule.listed.filter(({ provider }) => provider.speaks(request.api, request.path));
    if (able.length === 0) return notSpoken(request);
    const chosen = choiceOf(rule.config.choose, request);
    const among = chosen === undefined ? able : able.filter(({ provider }) => provider.name === chosen);
    if (among.length === 0) return notAmong(able);
    const order = rule.order(among);
    const [first] = order;
    const [listed] = able;
    if (!first || !listed) return notSpoken(request);
    const isShared = rule.config.cache === "shared";
    // Whoever answers, the cache knows a route's replies by the provider that stands first in its list.
    const known = isShared ? listed.provider : first;
    const url = urlAt(known, request.path);
    if (url === undefined) return NO_PATH;
    const field = rule.config.choose?.field;
    const { [field ?? ""]: _, ...body } = request.body ?? {};
    return {
      url: isShared ? url : `${url}${url.includes("?") ? "&" : "?"}reprise-provider=${known.name}`,
      isCached: true,
      usesCallersKey: order.some(({ usesCallersKey }) => usesCallersKey),
      ...(field !== undefined && request.body && field in request.body && { body }),
      async ask(asked) {
        const answer = await askInTurn(order, { asked: counting(asked), request, failover, budget, chance });
        return isShared || answer.provider === known.name ? answer : { ...answer, isKept: false };
      },
    };
  }

  function nativeRoute(request: RouteRequest, name: string, path: string): Route | Refusal {
    const provider = providers.get(name);
    if (!provider)
      return { to: "refuse", status: 404, message: `there is no provider ${JSON.stringify(name)}` };
    const url = urlAt(provider, path);
    if (url === undefined) return NO_PATH;
    return {
      url,
      isCached: false,
      usesCallersKey: provider.usesCallersKey,
      ask: (asked) =>
        askInTurn([provider], { asked, request: { ...request, path }, failover, budget, chance }),
    };
  }

  async function listModels({ headers, caller, signal }: RouteRequest): Promise<Answer | Refusal> {
    const timeout = AbortSignal.timeout(10_000);
    const reply = await mergedModels(reachable, {
      headers: toProvider(headers, { id, apart: ["accept-encoding", "content-length", "content-type"] }),
      caller,
      signal: AbortSignal.any([signal, timeout]),
    });
    return reply
      ? { to: "answer", reply }
      : { to: "refuse", status: 502, message: "no provider tells its models" };
  }

  metrics?.routed(() => ({
    providers: [...providers.values()].map(({ name, isOpen, keys }) => ({
      ...{ name, isOpen: isOpen() },
      restingKeys: keys.resting(),
    })),
    retriesLeft: budget.left(),
  }));
  const [first] = providers.values();
  return {
    href: first?.href ?? "",
    readsBodies: true,
    pathOf: (target) => pathAt("", target),
    routeOf,
    async close() {
      await Promise.allSettled([...providers.values()].map((provider) => provider.close()));
    },
  };
}

const everything = (names: readonly string[]): RouteConfig => ({
  models: ["*"],
  providers: names.map((name) => ({ name, weight: 1 })),
  strategy: "priority",
  cache: "shared",
});

function urlAt(provider: Provider, path: string): string | undefined {
  const there = provider.pathOf(path);
  return there === undefined ? undefined : `${new URL(provider.href).origin}${there}`;
}

/** Which provider a caller names, where they may. */
function choiceOf(
  choose: RouteConfig["choose"],
  { headers, body }: Pick<RouteRequest, "headers" | "body">,
): string | undefined {
  const header = choose?.header === undefined ? undefined : valueOf(headers, choose.header.toLowerCase());
  if (header !== undefined) return header.trim();
  const field = choose?.field === undefined ? undefined : body?.[choose.field];
  return field === undefined ? undefined : String(field);
}

const refusal = (status: number, message: string): Refusal => ({ to: "refuse", status, message });

const NO_PATH = refusal(400, "this is no request for the provider");
const NO_MODEL = refusal(
  404,
  'this names no model, and there are several providers: say "model" in a body of JSON, or ask one by /native/NAME/…',
);
const noRoute = (model: string): Refusal =>
  refusal(404, `no route is for the model ${JSON.stringify(model)}; GET /v1/models tells which there are`);
const notSpoken = ({ api, model }: RouteRequest): Refusal =>
  refusal(
    400,
    `no provider of the model ${JSON.stringify(model ?? "")} has the API ${api?.name ?? "of this path"}`,
  );
const notAmong = (listed: readonly Listed[]): Refusal =>
  refusal(
    400,
    `the provider that is asked for is none of ${listed.map(({ provider }) => provider.name).join(", ")}`,
  );
