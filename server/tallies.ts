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
}

// Credentials are anybody's to make up; the tenant that called longest ago goes first.
const MAX_TENANTS = 10_000;

/** No figures yet. */
export function createTallies(): Tallies {
  const byTenant = new Map<string | undefined, Tally>();

  return {
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
