/** How app keys and their use are shown, by the command line and by the admin API: as JSON, and without secrets. */
import type { KeyLimits } from "./app-key.js";
import type { KeyListing } from "./key-ring.js";
import type { KeyStore, Vended } from "./key-store.js";
import type { KeyUsage } from "./usage.js";

/** A key as it is shown. Times are in ISO 8601. */
export interface ShownKey {
  readonly id: string;
  readonly name: string;
  readonly namespace: string;
  readonly standing: KeyListing["standing"];
  /** Empty: all. */
  readonly models: readonly string[];
  readonly limits: KeyLimits;
  readonly issued: string;
  readonly expires: string | null;
  /** Until when a secret that was rotated away is still taken. */
  readonly old_until: string | null;
}

/** A key with its secret, which is shown this once. */
export interface ShownSecret extends ShownKey {
  readonly secret: string;
}

/** What was done with a key. */
export interface ShownUsage {
  readonly id: string;
  /** `null` for a key that is not in the store: one that a configuration lists. */
  readonly name: string | null;
  readonly calls: number;
  readonly hits: number;
  readonly input_tokens: number;
  readonly output_tokens: number;
  readonly saved_input_tokens: number;
  readonly saved_output_tokens: number;
}

/** All keys, the oldest first. */
export function shownKeys(keys: KeyStore): ShownKey[] {
  return keys.list().map(shown);
}

/** One key. */
export function shownKey(keys: KeyStore, id: string): ShownKey | undefined {
  return shownKeys(keys).find((key) => key.id === id);
}

/** What was just vended or rotated. */
export function shownSecret(keys: KeyStore, { key, secret }: Vended): ShownSecret {
  return { ...(shownKey(keys, key.id) ?? shown({ ...key, standing: "valid" })), secret };
}

/** What was done with all keys, or with one: the sum of all processes, of a month or of all that are kept. */
export function shownUsage(
  keys: KeyStore,
  { id, month }: { id?: string; month?: string } = {},
): ShownUsage[] {
  const usage = keys.usage(month);
  const names = new Map(keys.list().map((key) => [key.id, key.name]));
  const ids = id === undefined ? new Set([...names.keys(), ...usage.keys()]) : new Set([id]);
  return [...ids].map((each) => ({ id: each, name: names.get(each) ?? null, ...figures(usage.get(each)) }));
}

function shown({
  id,
  name,
  namespace,
  standing,
  models,
  limits,
  issued,
  expires,
  oldUntil,
}: KeyListing): ShownKey {
  const times = { issued: iso(issued), expires: expires === undefined ? null : iso(expires) };
  return {
    ...{ id, name, namespace, standing, models, limits, ...times },
    old_until: oldUntil === undefined ? null : iso(oldUntil),
  };
}

const iso = (time: number): string => new Date(time).toISOString();

function figures(usage?: KeyUsage): Omit<ShownUsage, "id" | "name"> {
  return {
    calls: usage?.calls ?? 0,
    hits: usage?.hits ?? 0,
    input_tokens: usage?.inputTokens ?? 0,
    output_tokens: usage?.outputTokens ?? 0,
    saved_input_tokens: usage?.savedInputTokens ?? 0,
    saved_output_tokens: usage?.savedOutputTokens ?? 0,
  };
}
