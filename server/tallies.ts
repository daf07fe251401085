/** What was done for each tenant: figures, never content. */
import type { RepriseMetadata } from "../adapters/shared/metadata.js";

/** The figures of one tenant since the proxy was started. */
export interface Tally {
  readonly calls: number;
  readonly hits: { readonly exact: number; readonly template: number };
  /** Identical calls in flight that shared another's reply. */
  readonly collapsed: number;
  /** By reason, as `Cache-Status` tells it. */
  readonly misses: Readonly<Record<string, number>>;
  readonly bypasses: Readonly<Record<string, number>>;
  readonly saved: { readonly inputTokens: number; readonly outputTokens: number };
}

/** Figures by tenant. */
export interface Tallies {
  note(tenant: string | undefined, metadata: RepriseMetadata): void;
  of(tenant: string | undefined): Tally;
  /** Those of several together. */
  sum(tenants: readonly (string | undefined)[]): Tally;
}

// Credentials are anybody's to make up; the tenant that called longest ago goes first.
const MAX_TENANTS = 10_000;

/** No figures yet. */
export function createTallies(): Tallies {
  const byTenant = new Map<string | undefined, Tally>();

  return {
    sum: (tenants) =>
      tenants.map((tenant) => byTenant.get(tenant) ?? NOTHING).reduce((one, other) => both(one, other)),
    of: (tenant) => byTenant.get(tenant) ?? NOTHING,
    note(tenant, metadata) {
      const tally = added(byTenant.get(tenant) ?? NOTHING, metadata);
      byTenant.delete(tenant);
      const [oldest] = byTenant.keys();
      if (byTenant.size >= MAX_TENANTS) byTenant.delete(oldest);
      byTenant.set(tenant, tally);
    },
  };
}

const NOTHING: Tally = {
  calls: 0,
  hits: { exact: 0, template: 0 },
  collapsed: 0,
  misses: {},
  bypasses: {},
  saved: { inputTokens: 0, outputTokens: 0 },
};

function added(tally: Tally, { status, match = "exact", reason = "fault", saved }: RepriseMetadata): Tally {
  const more = {
    ...tally,
    calls: tally.calls + 1,
    saved: {
      inputTokens: tally.saved.inputTokens + saved.inputTokens,
      outputTokens: tally.saved.outputTokens + saved.outputTokens,
    },
  };
  if (status === "hit") return { ...more, hits: { ...tally.hits, [match]: tally.hits[match] + 1 } };
  if (reason === "in-flight") return { ...more, collapsed: tally.collapsed + 1 };
  const field = status === "miss" ? "misses" : "bypasses";
  return { ...more, [field]: { ...tally[field], [reason]: (tally[field][reason] ?? 0) + 1 } };
}

function both(one: Tally, other: Tally): Tally {
  return {
    calls: one.calls + other.calls,
    hits: {
      exact: one.hits.exact + other.hits.exact,
      template: one.hits.template + other.hits.template,
    },
    collapsed: one.collapsed + other.collapsed,
    misses: byReason(one.misses, other.misses),
    bypasses: byReason(one.bypasses, other.bypasses),
    saved: {
      inputTokens: one.saved.inputTokens + other.saved.inputTokens,
      outputTokens: one.saved.outputTokens + other.saved.outputTokens,
    },
  };
}

function byReason(one: Tally["misses"], other: Tally["misses"]): Tally["misses"] {
  const sum: Record<string, number> = { ...one };
  for (const [reason, count] of Object.entries(other)) sum[reason] = (sum[reason] ?? 0) + count;
  return sum;
}
