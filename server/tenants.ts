/** Whom a request belongs to: what one credential taught is never served to another. */
import { createHmac, hash } from "node:crypto";
import { isOurs } from "../adapters/openai/headers.js";
import { pairs, type RawHeaders } from "./headers.js";

/** A tenant: a digest of which nothing can be read; `undefined` where all share. */
export type Tenant = string | undefined;

/** What an app key says of whose a request is. */
export interface ByKey {
  /** `undefined`: there is no app key. */
  readonly namespace: string | undefined;
  /** Whether the credentials of the request are for the provider, and not only for this proxy. */
  readonly usesCallersKey: boolean;
}

/** Tells tenants apart. */
export interface Tenants {
  /** By the credentials among its headers; with an app key, by the namespace of that, and by them if they count. */
  of(headers: RawHeaders, by?: ByKey): Tenant;
  /** Remembers who was given an answer. */
  note(answer: string, tenant: Tenant): void;
  /** Whether an answer was given to this tenant: nobody else may speak of it. */
  owns(tenant: Tenant, answer: string): boolean;
}

const BY_CREDENTIALS: ByKey = { namespace: undefined, usesCallersKey: true };

/**
 * What is read as a credential. One header too many keeps apart what could be shared; one too few is a leak.
 */
const CREDENTIAL = /auth|key|token|secret|cookie|credential|password|signature/i;

/** Whether a header is read as a credential. */
export const isCredential = (name: string): boolean => CREDENTIAL.test(name);

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
    of(headers, { namespace, usesCallersKey } = BY_CREDENTIALS) {
      if (shared) return undefined;
      const isOfKey = namespace !== undefined;
      // An app key may be changed for another one of the same namespace.
      const counts = (name: string): boolean =>
        isCredential(name) && !(isOfKey && (isOurs(name) || !usesCallersKey));
      const held = [...pairs(headers)]
        .filter(([name]) => counts(name))
        .map(([name, value]) => [name.toLowerCase(), value]);
      held.sort(([left = ""], [right = ""]) => (left < right ? -1 : left > right ? 1 : 0));
      const credential = JSON.stringify(isOfKey ? { namespace, held } : held);
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
