/** How replies are written: the proxy's own, and a provider's, byte by byte. */
import { once } from "node:events";
import type { ServerResponse } from "node:http";
import type { Api } from "../adapters/openai/api.js";
import { appended } from "../adapters/openai/cache-status.js";
import { endToEnd, pairs, type RawHeaders } from "./headers.js";
import type { Refusal } from "./stages.js";
import type { ProviderAnswer } from "./upstream.js";

/** A refusal, as the API writes errors; OpenAI's way where the API has none of its own. */
export function sendRefusal(
  outgoing: ServerResponse,
  { status, message, retryAfter, headers }: Refusal,
  api?: Pick<Api, "toError">,
): void {
  if (outgoing.headersSent || outgoing.destroyed) {
    outgoing.destroy();
    return;
  }
  const said = `reprise: ${message}`;
  const type = status >= 500 ? "server_error" : "invalid_request_error";
  sendText(outgoing, {
    status,
    headers: {
      ...headers,
      "content-type": "application/json",
      ...(retryAfter !== undefined && { "retry-after": String(Math.max(1, Math.ceil(retryAfter))) }),
    },
    text: JSON.stringify(
      api?.toError?.({ status, message: said }) ?? {
        error: { message: said, type, param: null, code: null },
      },
    ),
  });
}

/** A text with its headers. */
export function sendText(
  outgoing: ServerResponse,
  {
    status,
    headers,
    text,
  }: { readonly status: number; readonly headers: Record<string, string>; readonly text: string },
): void {
  // A text goes out with its head in one piece, bytes do not.
  outgoing.writeHead(status, { ...headers, "content-length": Buffer.byteLength(text) });
  outgoing.end(text);
}

/**
 * The head of a provider's reply, with what the cache has to say: `Cache-Status` behind that of caches nearer
 * to the provider.
 */
export function writeHead(
  outgoing: ServerResponse,
  { status, headers }: Pick<ProviderAnswer, "status" | "headers">,
  told: Record<string, string>,
): void {
  const before = valueOf(headers, "cache-status");
  const kept = endToEnd(headers, (name) => name in told);
  for (const [name, value] of Object.entries(told))
    kept.push(name, name === "cache-status" ? appended(before, value) : value);
  // The provider's own date, or none.
  outgoing.sendDate = false;
  outgoing.writeHead(status, kept);
}

/** The value of a header that may stand there several times; `undefined` where it does not. */
export function valueOf(headers: RawHeaders, name: string): string | undefined {
  const values = [...pairs(headers)]
    .filter(([other]) => other.toLowerCase() === name)
    .map(([, value]) => value);
  return values.length > 0 ? values.join(", ") : undefined;
}

/**
 * Writes a piece at the pace of whoever reads. Resolves at once, where there is room for more, to whether
 * anybody still reads.
 */
export async function write(outgoing: ServerResponse, piece: Buffer | string): Promise<boolean> {
  if (outgoing.destroyed) return false;
  if (outgoing.write(piece)) return true;
  const left = new AbortController();
  const leave = (): void => left.abort();
  outgoing.once("close", leave);
  try {
    await once(outgoing, "drain", { signal: left.signal });
    return true;
  } catch {
    return false;
  } finally {
    outgoing.off("close", leave);
  }
}
