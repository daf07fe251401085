/** One provider: how it is asked, by which key, and when it is left alone. */
import { BrokenCircuitError, CircuitState, ConsecutiveBreaker, circuitBreaker, handleWhen } from "cockatiel";
import { errors } from "undici";
import type { Api } from "../../adapters/openai/api.js";
import { readBody } from "../../adapters/openai/body.js";
import { pairs } from "../headers.js";
import { isCredential } from "../tenants.js";
import { askPool, createPool, type ProviderAnswer, type ProviderRequest, pathAt } from "../upstream.js";
import { type Chance, createKeys, type Key, type Keys } from "./keys.js";
import { type ProviderConfig, passesCredentials } from "./schema.js";

/** What is sent to a provider. */
export interface Sending extends Pick<ProviderRequest, "method" | "headers" | "body" | "signal"> {
  /** From `pathOf`. */
  readonly path: string;
  readonly key: Key | undefined;
}

/** A provider of the configuration. */
export interface Provider {
  readonly name: string;
  readonly config: ProviderConfig;
  readonly keys: Keys;
  /** Its address, without a slash at the end. */
  readonly href: string;
  /** Whether the caller's own credentials are passed on to it. */
  readonly usesCallersKey: boolean;
  /** Whether it has the API that a path belongs to. */
  speaks(api: Api | undefined, path: string): boolean;
  /** What a model is called there. */
  nameOf(model: string | undefined): string | undefined;
  /** The path of a request there; `undefined` for what is none. */
  pathOf(path: string): string | undefined;
  /** Whether it is left alone for now. */
  isOpen(): boolean;
  /** To the first byte of a reply, in milliseconds, of late; `undefined` where that is not known. */
  latency(): number | undefined;
  /**
   * Asks once. Resolves when the first byte of a body is there. Rejects with `BrokenCircuitError` where it is
   * left alone, and with what the connection broke or timed out with.
   */
  send(sending: Sending): Promise<ProviderAnswer>;
  close(): Promise<void>;
}

const ADDRESSES = { openai: "https://api.openai.com/v1", anthropic: "https://api.anthropic.com/v1" };
const ANTHROPIC_VERSION = "2023-06-01";

/** The address of a provider's API. */
export const addressOf = ({ base_url: given, type }: Pick<ProviderConfig, "base_url" | "type">): URL =>
  given ?? new URL(ADDRESSES[type]);

/** How long a measured latency counts, in milliseconds. */
const LATENCY_COUNTS = 60_000;

/** A provider as its section tells it. */
export function createProvider(name: string, config: ProviderConfig, chance: Chance): Provider {
  const address = addressOf(config);
  const base = address.pathname.replace(/\/+$/, "");
  const { connect, first_byte: firstByte, idle } = config.timeouts;
  const pool = createPool(address.origin, {
    connect: connect * 1_000,
    reply: firstByte * 1_000,
    idle: idle * 1_000,
  });
  const own = Object.entries(config.headers);
  const replaced = new Set(own.map(([header]) => header.toLowerCase()));
  const usesCallersKey = passesCredentials(config);
  const breaker = circuitBreaker(
    handleWhen((error) => !isLeaving(error)).orWhenResult((answer) => isFailing(answer as ProviderAnswer)),
    {
      halfOpenAfter: config.breaker.rest * 1_000,
      breaker: new ConsecutiveBreaker(config.breaker.failures),
    },
  );
  let measured: { readonly latency: number; readonly at: number } | undefined;

  function headersFor({ headers, key }: Sending): string[] {
    const sent = [...pairs(headers)]
      .filter(([header]) => !replaced.has(header.toLowerCase()) && (usesCallersKey || !isCredential(header)))
      .flat();
    for (const [header, value] of own) sent.push(header, value.reveal());
    if (key && config.type === "anthropic") sent.push("x-api-key", key.secret.reveal());
    else if (key) sent.push("authorization", `Bearer ${key.secret.reveal()}`);
    if (config.type === "anthropic" && !sent.some((each) => each.toLowerCase() === "anthropic-version"))
      sent.push("anthropic-version", config.api_version ?? ANTHROPIC_VERSION);
    return sent;
  }

  function pathOf(path: string): string | undefined {
    const there = pathAt(base, path);
    if (there === undefined || config.type === "anthropic" || config.api_version === undefined) return there;
    const version = `api-version=${encodeURIComponent(config.api_version)}`;
    return /[?&]api-version=/.test(there) ? there : `${there}${there.includes("?") ? "&" : "?"}${version}`;
  }

  async function ask(sending: Sending): Promise<ProviderAnswer> {
    const path = pathOf(sending.path);
    if (path === undefined) throw new TypeError("no path of a request");
    const attempt = new AbortController();
    const leave = (): void => attempt.abort(sending.signal?.reason);
    if (sending.signal?.aborted) leave();
    sending.signal?.addEventListener("abort", leave, { once: true });
    const timer = setTimeout(() => attempt.abort(new errors.HeadersTimeoutError()), firstByte * 1_000);
    const began = chance.now();
    try {
      const { method, body = null } = sending;
      const answer = await askPool(pool, path, {
        ...{ method, body },
        headers: headersFor(sending),
        signal: attempt.signal,
      });
      const begun = await withFirst(answer.body);
      const latency = chance.now() - began;
      if (answer.status < 400) measured = { latency: smooth(measured?.latency, latency), at: chance.now() };
      return { ...answer, body: begun, provider: name };
    } catch (error) {
      sending.signal?.removeEventListener("abort", leave);
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  return {
    ...{ name, config, usesCallersKey, pathOf },
    keys: createKeys(config.keys, chance),
    href: `${address.origin}${base}`,
    speaks: (api, path) =>
      config.type === "anthropic"
        ? api?.name === "messages" || /\/messages\/|\/models(?:[/?]|$)/.test(path)
        : api?.name !== "messages",
    nameOf: (model) =>
      model !== undefined && Object.hasOwn(config.model_map, model) ? config.model_map[model] : model,
    isOpen: () => breaker.state !== CircuitState.Closed,
    latency: () => (measured && chance.now() - measured.at < LATENCY_COUNTS ? measured.latency : undefined),
    send(sending) {
      // While one request tries whether it is back, others do not wait for that one.
      if (breaker.state === CircuitState.HalfOpen) return Promise.reject(new BrokenCircuitError());
      return breaker.execute(() => ask(sending));
    },
    close: () => pool.destroy(),
  };
}

/** The text of a body with another model's name, every digit in it as it was sent. */
export function renamed(text: string, model: string): string {
  return JSON.stringify({ ...readBody(text).exact, model });
}

/** Whether whoever asked has left: that is no fault of the provider's. */
export function isLeaving(error: unknown): boolean {
  return (
    error instanceof Error && (error.name === "AbortError" || error instanceof errors.RequestAbortedError)
  );
}

const isFailing = ({ status }: ProviderAnswer): boolean => status >= 500 || status === 408;

const smooth = (before: number | undefined, latest: number): number =>
  before === undefined ? latest : before * 0.7 + latest * 0.3;

/** A body whose first piece is there: until then, nothing of it has been passed on. */
async function withFirst(body: AsyncIterable<Buffer>): Promise<AsyncIterable<Buffer>> {
  const pieces = body[Symbol.asyncIterator]();
  const first = await pieces.next();
  return {
    async *[Symbol.asyncIterator]() {
      try {
        for (let next = first; !next.done; next = await pieces.next()) yield next.value;
      } finally {
        await pieces.return?.();
      }
    },
  };
}
