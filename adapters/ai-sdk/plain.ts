/** How values of the AI SDK become plain JSON: bytes as base64, URLs as text, provider fields left out. */
import type { ContentPart } from "reprise";
import { base64 } from "../shared/base64.js";

/** A JSON value that is equal for equal content, whatever form the bytes came in. */
export function plain(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Uint8Array) return base64(value);
  if (value instanceof URL) return value.href;
  if (value instanceof Date) return value.toISOString();
  if (value instanceof RegExp) return String(value);
  if (Array.isArray(value)) return value.map(plain);
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, plain(item)]));
}

/**
 * A part of a prompt or a reply as a content part, without what the provider noted on it: ids and signatures
 * of one run. (What asks something of the model in there is read by name, where scope is made.)
 */
export function plainPart<Part extends { readonly type: string }>(part: Part): ContentPart {
  const { providerOptions: _asked, providerMetadata: _noted, ...rest } = part as Record<string, unknown>;
  return { ...(plain(rest) as object), type: part.type };
}

/**
 * A file part of a prompt or a reply. Spec V3 gives its data bare, V4 says what it is; here it always says
 * so.
 */
export function filePart(part: {
  readonly type: string;
  readonly mediaType: string;
  readonly data: unknown;
}): ContentPart {
  const { data } = part;
  const bare = typeof data === "string" || data instanceof Uint8Array;
  const said = bare ? { type: "data", data } : data instanceof URL ? { type: "url", url: data } : data;
  return plainPart({ ...part, data: said });
}

// Some providers sign what their model thought or called, and refuse a later step of the conversation without
// it. The signature belongs to the very text it stands on. Everything else noted there is an id or a fact of
// one run.
const SIGNATURES = new Set(["signature", "redactedData", "thoughtSignature"]);

// What OpenAI stores is known to it by these, and a next step is to name it, the reasoning and what came of
// it alike.
const STORED = new Set(["itemId", "reasoningEncryptedContent"]);
const STORES = new Set(["openai", "azure"]);

type ProviderMetadata = Record<string, Record<string, unknown> | undefined>;

/** Whether a provider has stored a part that it has noted this on. */
export function isStored(noted: unknown): boolean {
  return Object.entries((noted ?? {}) as ProviderMetadata).some(
    ([provider, fields]) =>
      STORES.has(provider) && [...STORED].some((name) => typeof fields?.[name] === "string"),
  );
}

/**
 * The provider's signatures on a part, to be kept with it; `undefined` when there are none. `stored`: also by
 * what it knows the part itself.
 */
export function signatures(
  noted: unknown,
  stored = false,
): Record<string, Record<string, string>> | undefined {
  const kept: [string, Record<string, string>][] = [];
  for (const [provider, fields] of Object.entries((noted ?? {}) as ProviderMetadata)) {
    const signed = Object.entries(fields ?? {}).filter(
      (field): field is [string, string] =>
        (SIGNATURES.has(field[0]) || (stored && STORES.has(provider) && STORED.has(field[0]))) &&
        typeof field[1] === "string",
    );
    if (signed.length > 0) kept.push([provider, Object.fromEntries(signed)]);
  }
  return kept.length > 0 ? Object.fromEntries(kept) : undefined;
}
