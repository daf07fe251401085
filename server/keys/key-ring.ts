/**
 * What is known of app keys: a fold over what was recorded of them, which gives the same in any order. A key can only be
 * ended, never opened again, so that nothing that comes late lets anybody in.
 */
import type { StoredEvent } from "reprise";
import { type AppKey, digestOf, isSecret, type Secret, storedKey, storedSecret } from "./app-key.js";

/** Why a secret opens nothing. */
export type NotOpened = "unknown" | "revoked" | "expired" | "rotated";

/** A key as it is listed: no secret, no digest. */
export interface KeyListing extends AppKey {
  readonly standing: "valid" | "revoked" | "expired";
  /** Until when secrets that were rotated away are still taken, the last of them. */
  readonly oldUntil?: number;
}

/** App keys by their secrets' digests. */
export interface KeyRing {
  /** Takes in what was recorded. What is no record of a key is passed over. */
  take(events: readonly StoredEvent[]): void;
  /** The key that a secret opens at a time, or why it opens none. */
  open(secret: string, now: number): AppKey | NotOpened;
  /** All keys, the oldest first. */
  list(now: number): KeyListing[];
  /** The key with this id, or the only one whose id begins so, or whose name this is. */
  find(written: string): AppKey | undefined;
  /** The secrets of a key that are still taken and will be without end, unless the key ends. */
  lasting(id: string): readonly Secret[];
  /** Everything that was taken in, to be recorded again. */
  all(): StoredEvent[];
}

/** The records' ids begin with what they are of. */
const OF = { key: "key-", secret: "secret-" } as const;

/** The record of a new key. */
export const keyIssued = (key: AppKey): StoredEvent => ({
  kind: "put",
  id: `${OF.key}${key.id}`,
  at: key.issued,
  body: { v: 1, ...key },
});

/** The record of a new secret. */
export const secretIssued = (secret: Secret): StoredEvent => ({
  kind: "put",
  id: `${OF.secret}${secret.secret}`,
  at: secret.issued,
  body: secret,
});

/** The record of a key that ends now. It stands in the log itself, so that it cannot be lost by its body alone. */
export const keyRevoked = (id: string, at: number): StoredEvent => ({
  kind: "contradict",
  id: `${OF.key}${id}`,
  at,
  witness: "revoked",
});

/** The record of a secret that ends at `until`. */
export const secretEnds = (secret: string, { at, until }: { at: number; until: number }): StoredEvent => ({
  kind: "contradict",
  id: `${OF.secret}${secret}`,
  at,
  witness: `until ${until}`,
});

/** No keys yet. */
export function createKeyRing(): KeyRing {
  const keys = new Map<string, AppKey>();
  const revoked = new Set<string>();
  const byDigest = new Map<string, Secret>();
  const secrets = new Map<string, Secret[]>();
  const ends = new Map<string, number>();
  const taken = new Map<string, StoredEvent>();

  function end({ id, witness = "" }: StoredEvent): boolean {
    if (id.startsWith(OF.key) && witness === "revoked") return !!revoked.add(id.slice(OF.key.length));
    const until = Number(/^until (\d+)$/.exec(witness)?.[1] ?? Number.NaN);
    if (!id.startsWith(OF.secret) || Number.isNaN(until)) return false;
    const secret = id.slice(OF.secret.length);
    ends.set(secret, Math.min(until, ends.get(secret) ?? Number.POSITIVE_INFINITY));
    return true;
  }

  function issue({ id, body }: StoredEvent): boolean {
    if (id.startsWith(OF.key)) {
      const { data } = storedKey.safeParse(body);
      if (!data) return false;
      const { v: _, ...key } = data;
      keys.set(key.id, key);
      return true;
    }
    const secret = id.startsWith(OF.secret) ? storedSecret.safeParse(body).data : undefined;
    if (!secret) return false;
    if (byDigest.has(secret.digest)) return true;
    byDigest.set(secret.digest, secret);
    secrets.set(secret.key, [...(secrets.get(secret.key) ?? []), secret]);
    return true;
  }

  const standingOf = ({ id, expires }: AppKey, now: number): KeyListing["standing"] => {
    if (revoked.has(id)) return "revoked";
    return expires !== undefined && expires <= now ? "expired" : "valid";
  };

  return {
    take(events) {
      for (const event of events) {
        const isOurs = event.kind === "put" ? issue(event) : event.kind === "contradict" && end(event);
        if (isOurs) taken.set(`${event.kind} ${event.id} ${event.witness ?? ""}`, event);
      }
    },
    open(secret, now) {
      const found = isSecret(secret) ? byDigest.get(digestOf(secret)) : undefined;
      const key = found && keys.get(found.key);
      if (!found || !key) return "unknown";
      const standing = standingOf(key, now);
      if (standing !== "valid") return standing;
      return (ends.get(found.secret) ?? Number.POSITIVE_INFINITY) <= now ? "rotated" : key;
    },
    list: (now) =>
      [...keys.values()]
        .sort((left, right) => left.issued - right.issued || (left.id < right.id ? -1 : 1))
        .map((key) => {
          const old = (secrets.get(key.id) ?? []).map(({ secret }) => ends.get(secret) ?? 0);
          const oldUntil = Math.max(0, ...old);
          return { ...key, standing: standingOf(key, now), ...(oldUntil > now && { oldUntil }) };
        }),
    find(written) {
      if (written === "") return undefined;
      const exact = keys.get(written);
      if (exact) return exact;
      const all = [...keys.values()];
      const [one, ...others] = all.filter(({ id, name }) => id.startsWith(written) || name === written);
      return others.length === 0 ? one : undefined;
    },
    lasting: (id) => (secrets.get(id) ?? []).filter(({ secret }) => !ends.has(secret)),
    all: () => [...taken.values()],
  };
}
