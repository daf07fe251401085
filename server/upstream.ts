/** The provider: the one origin that is ever asked, whatever a client writes. */
import { Pool } from "undici";
import type { RawHeaders } from "./headers.js";

/** How long a provider is waited for, in milliseconds. */
export interface UpstreamTimeouts {
  readonly connect: number;
  /** To its first byte, and between two of them. */
  readonly reply: number;
}

/** What a provider replied. Headers as they came; the body is not decoded. */
export interface ProviderAnswer {
  readonly status: number;
  readonly headers: RawHeaders;
  readonly body: NodeJS.ReadableStream & AsyncIterable<Buffer> & { destroy(error?: Error): unknown };
}

/** A request to the provider. */
export interface ProviderRequest {
  readonly method: string;
  /** From `pathOf`. */
  readonly path: string;
  readonly headers: string[];
  readonly body?: Buffer | string | AsyncIterable<Uint8Array> | NodeJS.ReadableStream | null;
  readonly signal?: AbortSignal;
}

/** The provider behind this proxy. */
export interface Upstream {
  readonly href: string;
  readonly origin: string;
  /** The path at the provider for what a client asked for; `undefined` for what is no path. */
  pathOf(target: string): string | undefined;
  /** Rejects when it cannot be reached or says nothing in time. Follows no redirect. */
  ask(request: ProviderRequest): Promise<ProviderAnswer>;
  close(): Promise<void>;
}

/** An upstream for the address of a provider's API, such as `https://api.openai.com/v1`. */
export function createUpstream(address: URL, timeouts: UpstreamTimeouts): Upstream {
  // Bound to its origin: a request has a path and nothing more.
  const pool = new Pool(address.origin, {
    connections: 256,
    connect: { timeout: timeouts.connect },
    headersTimeout: timeouts.reply,
    bodyTimeout: timeouts.reply,
    // A provider may send long headers; a client is told so by the error, not by a cut.
    maxHeaderSize: 64 * 1024,
  });
  const base = address.pathname.replace(/\/+$/, "");
  return {
    href: `${address.origin}${base}`,
    origin: address.origin,
    pathOf: (target) => pathAt(base, target),
    async ask({ method, path, headers, body = null, signal }) {
      const options = {
        method: method as "GET",
        path,
        headers,
        body: body as never,
        ...(signal && { signal }),
        responseHeaders: "raw" as const,
      };
      const answer = await pool.request(options);
      return {
        status: answer.statusCode,
        headers: answer.headers as unknown as string[],
        body: answer.body as unknown as ProviderAnswer["body"],
      };
    },
    close: () => pool.destroy(),
  };
}

/**
 * Where a target lies at the provider. A client's base URL may hold the end of the provider's path, all of
 * it, or nothing of it: for `…/api/v1`, each of `/chat/completions`, `/v1/chat/completions` and
 * `/api/v1/chat/completions` is the same.
 */
export function pathAt(base: string, target: string): string | undefined {
  // "http://elsewhere/", "//elsewhere", and what some servers read as the folder above.
  if (!/^\/(?![/\\])/.test(target)) return undefined;
  const [path = ""] = target.split("?", 1);
  if (/(?:^|[/\\])(?:\.|%2e){1,2}(?:[/\\]|$)|%2f|%5c/i.test(path)) return undefined;
  const segments = base.split("/").slice(1);
  for (let from = 0; from < segments.length; from++) {
    const end = `/${segments.slice(from).join("/")}`;
    if (path === end || path.startsWith(`${end}/`)) return `${base}${target.slice(end.length)}`;
  }
  return `${base}${target}`;
}
