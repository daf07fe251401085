/** Who is asked first of a route's providers, and who after that. */
import { type Chance, weighted } from "./keys.js";
import type { Provider } from "./provider.js";
import type { RouteConfig } from "./schema.js";

/** A provider with its weight in a route. */
export interface Listed {
  readonly provider: Provider;
  readonly weight: number;
}

/** Gives an order for one request, of those that may answer it. */
export type Order = (listed: readonly Listed[]) => Provider[];

/** The order that a strategy gives, request after request. */
export function orderBy(strategy: RouteConfig["strategy"], { random }: Chance): Order {
  const providersOf = (listed: readonly Listed[]): Provider[] => listed.map(({ provider }) => provider);
  let turn = 0;
  switch (strategy) {
    case "priority":
      return providersOf;
    case "round-robin":
      return (listed) => {
        const first = listed.length === 0 ? 0 : turn++ % listed.length;
        return providersOf([...listed.slice(first), ...listed.slice(0, first)]);
      };
    case "weights":
      return (listed) => {
        const first = weighted(listed, random);
        return providersOf(first ? [first, ...listed.filter((one) => one !== first)] : []);
      };
    case "lowest-latency":
      // Who has not been measured for a while is asked, or it would never be known that it is fast again.
      return (listed) =>
        providersOf(listed)
          .map((provider, index) => ({ provider, index, latency: provider.latency() ?? 0 }))
          .sort((left, right) => left.latency - right.latency || left.index - right.index)
          .map(({ provider }) => provider);
  }
}
