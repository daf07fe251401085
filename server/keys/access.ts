/** Who is let in by an app key: the first stage of a gateway that has them. */
import { valuesOf } from "../headers.js";
import type { Access, Caller, Refusal, Trace } from "../stages.js";
import { type AppKey, digestOf, isSecret } from "./app-key.js";
import type { KeyRefusal, KeyStore } from "./key-store.js";
import type { KeysConfig } from "./schema.js";

/** What keys are looked for in. */
export interface AccessOptions {
  readonly config: KeysConfig;
  /** Keys that were vended; `undefined`: there are none but the listed ones. It is not closed here. */
  readonly store: KeyStore | undefined;
  readonly now?: () => number;
}

/** Lets in whoever sends one app key, as `Reprise-Auth: Bearer rk_…`. */
export function createAccess({ config, store, now = Date.now }: AccessOptions): Access {
  const listed = new Map(config.listed.map((key) => [key.digest.replace("sha256:", ""), listedKey(key)]));

  function open(secret: string): AppKey | KeyRefusal | Promise<AppKey | KeyRefusal> {
    const key = listed.size > 0 && isSecret(secret) ? listed.get(digestOf(secret)) : undefined;
    if (!key) return store ? store.open(secret, config.stale * 1_000) : "unknown";
    return key.expires !== undefined && key.expires <= now() ? "expired" : key;
  }

  return {
    admit({ incoming: { rawHeaders } }) {
      const given = ["reprise-auth", "butter-auth"].flatMap((name) => valuesOf(rawHeaders, name));
      if (given.length === 0) return NO_KEY;
      const secret = /^Bearer +(\S+) *$/i.exec(given[0] ?? "")?.[1];
      if (given.length > 1 || secret === undefined) return NOT_ONE;
      const found = open(secret);
      return found instanceof Promise ? found.then(callerOf) : callerOf(found);
    },
    note(trace) {
      const { caller, stoppedBy } = trace;
      // What was refused at the door is no use of a key.
      if (!store || caller?.id === undefined || stoppedBy === "access" || stoppedBy === "limits") return;
      store.count(caller.id, used(trace));
    },
  };
}

function listedKey({
  digest: _,
  name,
  namespace = name,
  expires,
  ...key
}: KeysConfig["listed"][number]): AppKey {
  return {
    ...{ id: name, name, namespace, issued: 0, ...key },
    ...(expires !== undefined && { expires: Date.parse(expires) }),
  };
}

function used({ cache, usage }: Trace): Parameters<KeyStore["count"]>[1] {
  const isHit = cache?.status === "hit";
  return {
    calls: 1,
    hits: isHit ? 1 : 0,
    inputTokens: whole(usage?.inputTokens),
    outputTokens: whole(usage?.outputTokens),
    savedInputTokens: whole(isHit ? cache.saved.inputTokens : 0),
    savedOutputTokens: whole(isHit ? cache.saved.outputTokens : 0),
  };
}

/** A provider may say anything of what a call took. */
const whole = (count = 0): number => (Number.isSafeInteger(count) && count > 0 ? count : 0);

const refusal = (status: number, message: string): Refusal => ({ to: "refuse", status, message });

const NO_KEY = refusal(401, "this gateway needs an app key (Reprise-Auth: Bearer rk_…)");
const NOT_ONE = refusal(401, "send one app key, as Reprise-Auth: Bearer rk_…");

const REFUSALS: Readonly<Record<KeyRefusal, Refusal>> = {
  unknown: refusal(401, "this app key is not known"),
  revoked: refusal(401, "this app key was revoked"),
  expired: refusal(401, "this app key has expired"),
  rotated: refusal(401, "this app key has another secret by now"),
  unavailable: {
    ...refusal(503, "it cannot be told whether this app key is known: the store of keys does not answer"),
    retryAfter: 5,
  },
};

function callerOf(found: AppKey | KeyRefusal): Caller | Refusal {
  if (typeof found === "string") return REFUSALS[found];
  const { id, namespace, models, limits } = found;
  const own = Object.entries(limits).filter((entry): entry is [string, number] => entry[1] !== undefined);
  return {
    ...{ id, namespace, models: models.length > 0 ? models : undefined },
    ...(own.length > 0 && { limits: Object.fromEntries(own) }),
  };
}
