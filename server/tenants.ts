/** Whom a request belongs to: what one credential taught is never served to another. */
import { createHmac, hash } from "node:crypto";
import { pairs, type RawHeaders } from "./headers.js";

/** A tenant: a digest of which nothing can be read; `undefined` where all share. */
export type Tenant = string | undefined;

/** Tells tenants apart. */
export interface Tenants {
  of(headers: RawHeaders): Tenant;
  /** Remembers who was given an answer. */
  note(answer: string, tenant: Tenant): void;
  /** Whether an answer was given to this tenant: nobody else may speak of it. */
  owns(tenant: Tenant, answer: string): boolean;
}

/**
 * What is read as a credential. One header too many keeps apart what could be shared; one too few is a leak.
 */
const CREDENTIAL = /auth|key|token|secret|cookie|credential|password|signature/i;

/** How many answers and credentials are remembered; the oldest go first. */
const MAX_ANSWERS = 100_000;
const MAX_CREDENTIALS = 1_000;

/** What tenants are told apart by. */
export interface TenantOptions {
  readonly secret: string;
  readonly upstream: string;
  /** All are one. */
  readonly shared: boolean;
}

/** Tenants by a keyed digest of the credential, for one upstream. */
export function createTenants({ secret, upstream, shared }: TenantOptions): Tenants {
  const answers = new Map<string, Tenant>();
  // By a plain digest, which is much cheaper than the keyed one: no credential is kept.
  const known = new Map<string, string>();

  return {
    of(headers) {
      if (shared) return undefined;
      const held = [...pairs(headers)]
        .filter(([name]) => CREDENTIAL.test(name))
        .map(([name, value]) => [name.toLowerCase(), value]);
      const credential = JSON.stringify(
        held.sort(([left = ""], [right = ""]) => (left < right ? -1 : left > right ? 1 : 0)),
      );
      const key = hash("sha256", credential, "base64url");
      const tenant =
        known.get(key) ??
        createHmac("sha256", secret)
          .update(JSON.stringify([upstream, credential]))
          .digest("base64url")
          .slice(0, 22);
      remember(known, { key, value: tenant, limit: MAX_CREDENTIALS });
      return tenant;
    },
    note: (answer, tenant) => remember(answers, { key: answer, value: tenant, limit: MAX_ANSWERS }),
    owns: (tenant, answer) => answers.has(answer) && answers.get(answer) === tenant,
  };
}

function remember<Value>(
  map: Map<string, Value>,
  { key, value, limit }: { readonly key: string; readonly value: Value; readonly limit: number },
): void {
  if (map.has(key)) return;
  const [oldest] = map.keys();
  if (map.size >= limit && oldest !== undefined) map.delete(oldest);
  map.set(key, value);
}
