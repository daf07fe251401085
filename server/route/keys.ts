/** The keys that are kept for one provider: which one is taken next, and which ones rest. */
import type { Secret } from "../config/secret.js";
import { allows } from "./pattern.js";
import type { ProviderConfig } from "./schema.js";

/** One key. */
export interface Key {
  /** Safe to show. */
  readonly name: string;
  readonly secret: Secret;
}

/** The keys of one provider. */
export interface Keys {
  /** A key that may be used for this model and does not rest, by weight; `undefined` where there is none. */
  take(model: string | undefined): Key | undefined;
  /** A key that does not rest, whatever it may be used for: to ask which models there are. */
  any(): Key | undefined;
  /** Whether any key may be used for a model, resting or not. */
  has(model: string | undefined): boolean;
  /** How long until one of them is back, in milliseconds. */
  backIn(model: string | undefined): number;
  /** Lets a key rest for some milliseconds. */
  rest(key: Key, milliseconds: number): void;
  /** How many rest. */
  resting(): number;
}

/** What chance and time are, for tests. */
export interface Chance {
  readonly random: () => number;
  readonly now: () => number;
}

/** The keys that a provider's section lists. */
export function createKeys(listed: ProviderConfig["keys"], { random, now }: Chance): Keys {
  const held = listed.map(({ key, name, weight, models }, index) => ({
    key: { name: name ?? String(index + 1), secret: key },
    ...{ weight, models },
    until: 0,
  }));
  const fitting = (model: string | undefined) =>
    held.filter(({ models }) => models === undefined || (model !== undefined && allows(models, model)));

  return {
    take(model) {
      const at = now();
      return weighted(
        fitting(model).filter(({ until }) => until <= at),
        random,
      )?.key;
    },
    any: () => held.find(({ until }) => until <= now())?.key,
    has: (model) => fitting(model).length > 0,
    backIn: (model) => Math.max(0, Math.min(...fitting(model).map(({ until }) => until)) - now()),
    rest(key, milliseconds) {
      for (const one of held) if (one.key === key) one.until = Math.max(one.until, now() + milliseconds);
    },
    resting: () => held.filter(({ until }) => until > now()).length,
  };
}

/** One of several, each as often as its weight says. */
export function weighted<Item extends { readonly weight: number }>(
  items: readonly Item[],
  random: () => number,
): Item | undefined {
  const all = items.reduce((sum, { weight }) => sum + weight, 0);
  let left = random() * all;
  for (const item of items) {
    left -= item.weight;
    if (left < 0) return item;
  }
  return items.at(-1);
}
