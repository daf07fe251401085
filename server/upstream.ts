/** Who is behind this proxy: the one origin that is ever asked, whatever a client writes. */
import { Pool } from "undici";
import type { JsonRecord } from "../adapters/openai/record-of.js";
import type { RawHeaders } from "./headers.js";
import type { Answer, Attempt, Go, ModelCall, ModelRequest, Refusal } from "./stages.js";

/** How long a provider is waited for, in milliseconds. */
export interface UpstreamTimeouts {
  readonly connect: number;
  /** To its first byte, and between two of them. */
  readonly reply: number;
  /** Between two bytes, if not as long as to the first. */
  readonly idle?: number;
}

/** What a provider replied. Headers as they came; the body is not decoded. */
export interface ProviderAnswer {
  readonly status: number;
  readonly headers: RawHeaders;
  readonly body: AsyncIterable<Buffer>;
  /** Who answered, where several could; `hook`: one of the hooks did. */
  readonly provider?: string;
  /** What the model is called there, if not as the request has it. */
  readonly askedAs?: string;
  /** `false`: nobody else may be served this reply. */
  readonly isKept?: boolean;
}

/** A request to whoever is to answer. */
export interface ProviderRequest {
  readonly method: string;
  /** Without those of the connection and of this proxy. */
  readonly headers: string[];
  readonly body?: Buffer | string | AsyncIterable<Uint8Array> | null;
  readonly signal?: AbortSignal;
  /** Asked before each attempt of a call. */
  readonly before?: (call: Omit<ModelCall, "request">) => Promise<Go | Refusal | Answer>;
  /** Told of each attempt as it ends. */
  readonly onAttempt?: (attempt: Attempt) => void;
}

/** Nobody could be asked, or nobody answered; the client is told so. */
export class Unanswered extends Error {
  override readonly name = "Unanswered";

  constructor(readonly refusal: Refusal) {
    super(refusal.message);
  }
}

/** What it depends on where a request goes. */
export interface RouteRequest
  extends Pick<ModelRequest, "method" | "model" | "body" | "api" | "caller" | "signal"> {
  /** From `pathOf`. */
  readonly path: string;
  readonly headers: RawHeaders;
}

/** Where one request goes. Chosen before the cache is asked, and the same whether it is asked or not. */
export interface Route {
  /**
   * The address of the request as the cache knows it: what two routes have in common that may share replies.
   * Nobody needs to be asked under it.
   */
  readonly url: string;
  /** Whether calls that go here are looked up and learned. */
  readonly isCached: boolean;
  /** The body without what only chose the route; `undefined`: as it is. */
  readonly body?: JsonRecord;
  /** Whether the caller's own credentials go with it, and not some that are kept here. */
  readonly usesCallersKey: boolean;
  /**
   * Asks, and asks again or elsewhere while nothing of a reply has come. Rejects when nobody can be reached
   * or says anything in time. Follows no redirect.
   */
  ask(request: ProviderRequest): Promise<ProviderAnswer>;
}

/** Whoever is behind this proxy: one provider, or a router to several. */
export interface Upstream {
  /** The address by which tenants are told apart. */
  readonly href: string;
  /** Whether requests are routed by what is in them: then all of a JSON body is read first. */
  readonly readsBodies: boolean;
  /** The path of a request without what a client may have made up; `undefined` for what is no path. */
  pathOf(target: string): string | undefined;
  /** Where a request goes; a refusal where nobody is to be asked (400, 404), or an answer of its own. */
  routeOf(request: RouteRequest): Route | Refusal | Answer | Promise<Route | Refusal | Answer>;
  close(): Promise<void>;
}

/** An upstream for the address of a provider's API, such as `https://api.openai.com/v1`. */
export function createUpstream(address: URL, timeouts: UpstreamTimeouts): Upstream {
  const pool = createPool(address.origin, timeouts);
  const base = address.pathname.replace(/\/+$/, "");
  return {
    href: `${address.origin}${base}`,
    readsBodies: false,
    pathOf: (target) => pathAt(base, target),
    routeOf: ({ path }) => ({
      url: `${address.origin}${path}`,
      isCached: true,
      usesCallersKey: true,
      ask: (request) => askPool(pool, path, request),
    }),
    close: () => pool.destroy(),
  };
}

/** Asks one server. Rejects when it cannot be reached or says nothing in time. */
export async function askPool(
  pool: Pool,
  path: string,
  { method, headers, body = null, signal }: ProviderRequest,
): Promise<ProviderAnswer> {
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
}

/** Connections to one origin, and nowhere else: a request has a path and nothing more. */
export function createPool(origin: string, timeouts: UpstreamTimeouts): Pool {
  return new Pool(origin, {
    connections: 256,
    connect: { timeout: timeouts.connect },
    headersTimeout: timeouts.reply,
    bodyTimeout: timeouts.idle ?? timeouts.reply,
    // A provider may send long headers; a client is told so by the error, not by a cut.
    maxHeaderSize: 64 * 1024,
  });
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
