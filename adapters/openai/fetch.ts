/** A `fetch` that asks the cache first: the way in for every client in JavaScript that takes one. */
import type { RepriseLike } from "../shared/options.js";
import { appended } from "./cache-status.js";
import { answerCall, apiOf, type IncomingCall, type ToProvider, type Watch } from "./call.js";
import { isOurs } from "./headers.js";
import { type RepriseFetchOptions, resolveOptions } from "./options.js";

type Fetch = typeof globalThis.fetch;

/**
 * A `fetch` for `new OpenAI({ fetch })`, `createOpenAI({ fetch })`, LangChain's `ChatOpenAI` and whatever
 * else takes one. Calls of Chat Completions and of the Responses API, plain or streamed, are answered from
 * the cache where it knows them, and learned from where it does not; everything else goes on untouched. Per
 * call, request headers say what is asked (`Reprise-Bindings`, `Reprise-Scope`, `Cache-Control: no-cache` …),
 * and reply headers what happened (`Cache-Status`, `Reprise-Answer`, `Age` …). Whatever fails in the cache,
 * the provider answers, and its errors reach the caller unchanged.
 *
 * @throws RepriseError `BAD_OPTION`, naming the option, when made with options that are wrong or unknown.
 */
export function repriseFetch(cache: RepriseLike, options?: RepriseFetchOptions): Fetch {
  const settings = resolveOptions(cache, options);
  const ask: Fetch = options?.fetch ?? ((input, init) => globalThis.fetch(input, init));

  return async (input, init) => {
    const asked = await readCall(input, init);
    if (!asked) return ask(input, init);
    const { url, headers, text, signal, method } = asked;
    const own = [...headers.keys()].filter(isOurs);
    const called = text === undefined || headers.has("content-encoding") ? undefined : apiOf(method, url);
    if (!called || text === undefined)
      return own.length === 0 ? ask(input, init) : ask(input, { ...init, headers: kept(headers, own) });

    const request = { ...init, method, headers: kept(headers, [...own, "cache-control"]) };
    const incoming: IncomingCall = {
      ...called,
      url: url.href,
      text,
      headers: [...headers],
      signal,
      async sample(body, abort) {
        const response = await ask(url.href, { ...request, body, signal: abort });
        return { ...facts(response), bytes: response.body ?? empty() };
      },
    };
    const way = await answerCall(cache, incoming, settings);
    signal?.throwIfAborted();
    if (way.to === "reply") {
      const body = typeof way.body === "string" ? way.body : toStream(way.body);
      return as(new Response(body, { status: way.status, headers: way.headers }), url);
    }
    try {
      return await relayed(await ask(url.href, { ...request, body: way.text, signal: signal ?? null }), way);
    } catch (error) {
      way.failed();
      throw error;
    }
  };
}

/** What is read of a call; `undefined` for one that is not read at all. */
interface Asked {
  readonly url: URL;
  readonly method: string;
  readonly headers: Headers;
  /** Absent where the body is no text at hand: a form, a stream. */
  readonly text: string | undefined;
  readonly signal: AbortSignal | undefined;
}

async function readCall(input: Parameters<Fetch>[0], init: Parameters<Fetch>[1]): Promise<Asked | undefined> {
  const request = input instanceof Request ? input : undefined;
  let url: URL;
  try {
    url = new URL(request?.url ?? String(input));
  } catch {
    return undefined; // a fetch of one's own may take other addresses
  }
  const method = (init?.method ?? request?.method ?? "GET").toUpperCase();
  const headers = new Headers(init?.headers ?? request?.headers);
  const signal = init?.signal ?? request?.signal ?? undefined;
  const isOfInterest = apiOf(method, url) !== undefined;
  const text = isOfInterest ? await textOf(init?.body ?? request?.clone()) : undefined;
  return { url, method, headers, text, signal };
}

async function textOf(body: unknown): Promise<string | undefined> {
  if (typeof body === "string") return body;
  if (body instanceof Request) return body.text();
  if (!(body instanceof ArrayBuffer) && !ArrayBuffer.isView(body)) return undefined;
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(body as Uint8Array<ArrayBuffer>);
  } catch {
    return undefined;
  }
}

function kept(headers: Headers, apart: readonly string[]): Headers {
  const rest = new Headers(headers);
  for (const name of apart) rest.delete(name);
  return rest;
}

const facts = (response: Response): { status: number; contentType: string | null } => ({
  status: response.status,
  contentType: response.headers.get("content-type"),
});

/**
 * The provider's reply as the caller gets it: what is no reply as it is, a whole one when it is recorded, a
 * stream as it comes.
 */
async function relayed(response: Response, way: ToProvider): Promise<Response> {
  const watch = way.watch(facts(response));
  if (!watch || !response.body) {
    way.failed();
    return response;
  }
  if (watch.isStream) return rewritten(response, tapped(response.body, { way, watch }), way.told());
  const bytes = new Uint8Array(await response.arrayBuffer());
  void watch.add(bytes);
  return rewritten(response, bytes, way.told(await watch.end()));
}

function rewritten(
  response: Response,
  body: ReadableStream<Uint8Array> | Uint8Array<ArrayBuffer>,
  told: Record<string, string>,
): Response {
  const headers = new Headers(response.headers);
  for (const [name, value] of Object.entries(told))
    headers.set(name, name === "cache-status" ? appended(headers.get(name), value) : value);
  const { status, statusText } = response;
  return as(new Response(body, { status, statusText, headers }), new URL(response.url || "about:blank"));
}

/** A response that says where it is from: clients put it into their errors. */
function as(response: Response, { href }: URL): Response {
  return Object.defineProperty(response, "url", { value: href });
}

/**
 * A stream that passes at its reader's pace while it is watched; it is read on to its end when others wait
 * for it.
 */
function tapped(
  source: ReadableStream<Uint8Array>,
  { way, watch }: { way: ToProvider; watch: Watch },
): ReadableStream<Uint8Array> {
  const reader = source.getReader();
  let over = false;
  let draining = false;
  let sink: ReadableStreamDefaultController<Uint8Array> | undefined;

  // Steps may overlap (the reader's and the drain's): reads resolve in order, and `over` lets only one of
  // them end it.
  async function step(): Promise<void> {
    try {
      const { done, value } = await reader.read();
      if (over) return;
      if (!done) {
        await watch.add(value);
        sink?.enqueue(value);
        return;
      }
      over = true;
      await watch.end();
      sink?.close();
    } catch (error) {
      if (over) return;
      over = true;
      way.failed();
      sink?.error(error);
    }
  }

  way.onJoin(() => {
    if (draining) return;
    draining = true;
    void (async () => {
      while (!over) await step();
    })();
  });
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        sink = controller;
      },
      pull: step,
      async cancel(reason) {
        sink = undefined;
        if (over || draining) return;
        over = true;
        if (!watch.isOver()) way.failed();
        await reader.cancel(reason);
      },
    },
    { highWaterMark: 0 },
  );
}

function toStream(texts: AsyncGenerator<string, void>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream(
    {
      async pull(controller) {
        const { done, value } = await texts.next();
        if (done) controller.close();
        else controller.enqueue(encoder.encode(value));
      },
      async cancel() {
        await texts.return(undefined);
      },
    },
    { highWaterMark: 0 },
  );
}

async function* empty(): AsyncGenerator<Uint8Array, void> {}
