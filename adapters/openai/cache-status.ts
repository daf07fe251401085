/** What the cache did, as RFC 9211 has it said: `Cache-Status: reprise; hit; detail=template`. */
import type { RepriseMetadata } from "../shared/metadata.js";

/** The value of the header for one call. */
export function cacheStatus({ status, match, reason, refused }: RepriseMetadata, stored?: boolean): string {
  if (status === "hit") return `reprise; hit; detail=${match ?? "exact"}`;
  if (reason === "in-flight") return "reprise; fwd=miss; collapsed";
  const forwarded = status === "miss" ? "miss" : reason === "read-off" ? "request" : "bypass";
  // Why it was asked for goes before why the reply is not kept.
  const detail = [reason, refused].filter((word) => word !== undefined).join("/");
  return [
    "reprise",
    `fwd=${forwarded}`,
    ...(detail === "" ? [] : [`detail=${detail}`]),
    ...(stored ? ["stored"] : []),
  ].join("; ");
}

/** The header's value after what the caches nearer to the provider have said. */
export function appended(before: string | null | undefined, own: string): string {
  return before ? `${before}, ${own}` : own;
}
