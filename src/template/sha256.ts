/**
 * SHA-256 in every JavaScript runtime, and at once: Web Crypto would answer later. Node's own where there is
 * one, and `@noble/hashes` elsewhere; both give the same digests, so what one has stored the other finds.
 */
import { sha256 as noble } from "@noble/hashes/sha2.js";
import { hex, portableBase64, utf8 } from "./bytes.js";

export type Encoding = "hex" | "base64url";

type Hash = (data: string | Uint8Array, encoding: Encoding) => string;

/** The SHA-256 of bytes, or of a text in UTF-8. */
export const sha256: Hash = nodeHash() ?? portableSha256;

/** The same without Node. */
export function portableSha256(data: string | Uint8Array, encoding: Encoding): string {
  const digest = noble(typeof data === "string" ? utf8(data) : data);
  if (encoding === "hex") return hex(digest);
  return portableBase64(digest).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

// An import would keep the whole package from runtimes that have no such module.
function nodeHash(): Hash | undefined {
  const { process } = globalThis as { readonly process?: Pick<NodeJS.Process, "getBuiltinModule"> };
  const hash = process?.getBuiltinModule?.("node:crypto")?.hash;
  return hash && ((data, encoding) => hash("sha256", data, encoding));
}
