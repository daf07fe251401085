/** Under which limits a request falls: those of its app key, of the address it comes from, of the model it names. */
import { hash } from "node:crypto";
import { isIP } from "node:net";
import type { KeyLimits } from "../keys/app-key.js";
import { allows } from "../route/pattern.js";
import type { ModelRequest } from "../stages.js";
import type { LimitsConfig } from "./schema.js";

/** One limit, and what is counted for it. */
export interface Bucket {
  /** What is counted together: at most 100 characters. */
  readonly name: string;
  readonly of: "key" | "address" | "model";
  readonly unit: "requests" | "tokens";
  /** A minute. */
  readonly limit: number;
}

/** All limits of a request; none where it is not limited. */
export function bucketsOf(request: ModelRequest, config: LimitsConfig): Bucket[] {
  const { id, limits: own } = request.caller;
  const buckets: Bucket[] = [];
  function add(of: Bucket["of"], name: () => string, limits: KeyLimits): void {
    for (const unit of ["requests", "tokens"] as const) {
      const limit = limits[unit];
      if (limit !== undefined) buckets.push({ of, unit, limit, name: `${of[0]}${unit[0]}.${name()}` });
    }
  }
  if (id !== undefined) add("key", () => short(id), { ...config.key, ...own });
  add("address", () => networkOf(request.address ?? request.incoming.socket.remoteAddress), config.address);
  for (const rule of request.model === undefined ? [] : config.models)
    if (allows(rule.models, request.model ?? "")) add("model", () => short(rule.models.join("\n")), rule);
  return buckets;
}

/** Texts that somebody chose are counted under their digest: of one length, and in no store as they are. */
const short = (text: string): string => hash("sha256", text, "base64url").slice(0, 22);

/**
 * What counts as one place: an IPv4 address; of IPv6 the first 64 bits, which is the least that anybody has. An address
 * that a proxy nobody trusts has told of is not believed: the proxy's own counts.
 */
export function networkOf(address = "unknown"): string {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, "");
  if (isIP(plain) !== 6) return plain;
  const [head = "", tail] = plain.replace(/%.*$/, "").toLowerCase().split("::");
  const groups = head === "" ? [] : head.split(":");
  const rest = tail === undefined || tail === "" ? [] : tail.split(":");
  // A last group that is written as an IPv4 address stands for two.
  const length = rest.length + (rest.at(-1)?.includes(".") ? 1 : 0);
  const all =
    tail === undefined ? groups : [...groups, ...Array(8 - groups.length - length).fill("0"), ...rest];
  return `${all
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ""))
    .join(":")}::`;
}
