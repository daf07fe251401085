/** One call over HTTP on its way through the cache, whoever carries the bytes: a `fetch`, or a server. */
import type { RefusalReason, Usage } from "reprise";
import { messages } from "../anthropic/index.js";
import { type FrameworkCall, readCall } from "../shared/framework-call.js";
import type { RepriseMetadata } from "../shared/metadata.js";
import type { RepriseLike } from "../shared/options.js";
import { passage, type ToModel } from "../shared/passage.js";
import { between } from "../shared/pieces.js";
import type { Api } from "./api.js";
import { type Body, readBody } from "./body.js";
import { chat } from "./chat/index.js";
import { type Asking, BadHeader, readHeaders, toldHeaders } from "./headers.js";
import { isFrom } from "./model.js";
import type { OpenAICall, Settings } from "./options.js";
import type { JsonRecord } from "./record-of.js";
import { responses } from "./responses/index.js";
import { onBehalfOf } from "./scope.js";
import { printEvent } from "./sse.js";
import { type Gathered, gatherReply } from "./watch.js";

const APIS: readonly Api[] = [chat, responses, messages];

/**
 * The API that an address belongs to, and the address without its name; `undefined` for every other address.
 */
export function apiOf(
  method: string,
  url: Pick<URL, "origin" | "pathname" | "search">,
): { readonly api: Api; readonly endpoint: string } | undefined {
  const { pathname } = url;
  const isIts = ({ path, isAt }: Api): boolean => pathname.endsWith(path) && (isAt?.(pathname) ?? true);
  const api = method === "POST" ? APIS.find(isIts) : undefined;
  return api && { api, endpoint: `${url.origin}${pathname.slice(0, -api.path.length)}${url.search}` };
}

/** An API by its name. */
export const apiNamed = (name: string): Api | undefined => APIS.find((api) => api.name === name);

/** What a provider replied, as far as it is looked at. */
export interface ProviderReply {
  readonly status: number;
  readonly contentType: string | null | undefined;
  /** What the model is called there, if not as the request has it. */
  readonly askedAs?: string;
}

/** A call as it comes. */
export interface IncomingCall {
  readonly api: Api;
  readonly endpoint: string;
  readonly url: string;
  readonly text: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly signal: AbortSignal | undefined;
  /** Asks the provider for nobody but the cache. */
  sample(
    text: string,
    signal: AbortSignal,
  ): Promise<ProviderReply & { readonly bytes: AsyncIterable<Uint8Array> }>;
}

/** How a call is answered. */
export type Answered =
  /** What is known, or why nothing is given: here are status, headers and body. */
  | {
      readonly to: "reply";
      readonly status: number;
      readonly headers: Record<string, string>;
      readonly body: string | AsyncGenerator<string, void>;
      readonly metadata: RepriseMetadata;
    }
  | ToProvider;

/** The provider is to be asked, and what it says is to be watched. */
export interface ToProvider {
  readonly to: "provider";
  /** The body to send: the very one that came, unless it names replies by ids that no provider knows. */
  readonly text: string;
  /** The headers that tell what the cache did; more of it where it is known what became of the reply. */
  told(outcome?: Kept): Record<string, string>;
  readonly metadata: RepriseMetadata;
  /** Watches a reply; `undefined` for one that is not looked at, of which the cache has been told. */
  watch(reply: ProviderReply): Watch | undefined;
  /** No reply came to its end. */
  failed(): void;
  /** What to do when somebody else waits for this very reply. */
  onJoin(action: () => void): void;
}

/** What became of a reply: `refused` says why it is not kept. */
export interface Kept {
  readonly refused: RefusalReason | undefined;
  /** What the provider says it took; `undefined` where it does not. */
  readonly usage?: Usage;
}

/** Looks on while a reply passes. */
export interface Watch {
  readonly isStream: boolean;
  /**
   * With the bytes by which a stream says that this is its end: resolves when it is recorded. The caller may
   * be gone then.
   */
  add(bytes: Uint8Array): Promise<Kept> | undefined;
  /** Whether a stream has said so: to leave it is no loss then. */
  isOver(): boolean;
  /** The reply has come to its end. Resolves when it is recorded, or to why it is not. Never rejects. */
  end(): Promise<Kept>;
}

interface Replay {
  readonly reply: JsonRecord;
  readonly metadata: RepriseMetadata;
}

/** Finds how a call is answered. Never rejects: whatever fails in here, the provider is asked. */
export async function answerCall(
  cache: RepriseLike,
  incoming: IncomingCall,
  settings: Settings,
): Promise<Answered> {
  let asking: Asking;
  try {
    asking = readHeaders(incoming.headers);
  } catch (error) {
    return refusal(400, error instanceof BadHeader ? error.message : "the headers cannot be read");
  }
  const from = () => ({ cache, owner: ownerOf(incoming, settings) });
  const text = restored(incoming, from);
  const call = toFrameworkCall({ ...incoming, text }, asking, settings);
  const way = await passage(cache, call, settings);
  if (way.to === "replay") {
    const { reply, metadata } = way.replay;
    const { plain, exact } = call.body();
    incoming.api.note?.(reply, exact, from());
    const isStream = plain.stream === true;
    return {
      to: "reply",
      status: 200,
      headers: {
        "content-type": isStream ? "text/event-stream; charset=utf-8" : "application/json",
        ...toldHeaders(metadata),
      },
      body: isStream ? streamed(incoming.api, { reply, body: plain, settings }) : JSON.stringify(reply),
      metadata,
    };
  }
  if (way.to === "follow") throw new Error("no call is told what kind of pieces it takes");
  const metadata: RepriseMetadata = call.wasTooOld() ? { ...way.metadata, reason: "expired" } : way.metadata;
  if (asking.onlyIfCached) {
    way.failed();
    return refusal(
      504,
      "nothing that is known answers this request, and only-if-cached forbids to ask",
      toldHeaders(metadata),
    );
  }
  return toProvider(way, metadata, {
    call,
    api: incoming.api,
    text,
    isWritten: asking.given?.write !== false,
  });
}

/** Whose call it is, as far as the options tell. */
function ownerOf({ endpoint, url, text, headers }: IncomingCall, { scope }: Settings): string {
  try {
    return JSON.stringify([
      endpoint,
      scope({ url, body: readBody(text).plain, headers: Object.fromEntries(headers) }) ?? null,
    ]);
  } catch {
    return endpoint;
  }
}

function restored(
  { api, text }: IncomingCall,
  from: () => { readonly cache: object; readonly owner: string },
): string {
  // To look for an id of ours is much cheaper than to read all of a body.
  if (!api.restored || !text.includes("_reprise_")) return text;
  try {
    const body = api.restored(readBody(text).exact, from());
    return body === undefined ? text : JSON.stringify(body);
  } catch {
    return text;
  }
}

/** Why a call would be answered as it is. Throws `Aside`, `BadHeader`, or a `RepriseError`. */
export function requestOf(
  incoming: IncomingCall,
  settings: Settings,
): ReturnType<typeof readCall>["request"] {
  return readCall(toFrameworkCall(incoming, readHeaders(incoming.headers), settings), settings).request;
}

function toFrameworkCall(incoming: IncomingCall, asking: Asking, settings: Settings) {
  const { api, endpoint, url, text, headers, signal } = incoming;
  let read: Body | undefined;
  let tooOld = false;
  let askedAs: string | undefined;
  let usage: Usage | undefined;
  const body = (): Body => {
    read ??= readBody(text);
    return read;
  };
  const called: FrameworkCall<OpenAICall, Gathered, Replay> = {
    get of() {
      return { url, body: body().plain, headers: Object.fromEntries(headers) };
    },
    given: asking.given,
    givenWhere: "the request's headers",
    signal,
    toRequest: () =>
      api.toAsked(body(), { endpoint, onBehalfOf: onBehalfOf(headers), named: settings.model }),
    schemas: () => api.schemas(body().plain),
    toReplay(known) {
      tooOld = asking.maxAge !== undefined && (known.metadata.age ?? 0) > asking.maxAge;
      const reply = tooOld ? undefined : api.toReply(known, { body: body().plain, ...settings });
      return reply && { reply, metadata: known.metadata };
    },
    toRecord(reply) {
      if (reply === "unreadable") return "invalid";
      const recording = api.toRecord(reply);
      if (typeof recording === "object") usage = recording.details.usage;
      const isNamed = settings.model !== undefined || endpoint.includes("/deployments/");
      return typeof recording === "object" && !isNamed && !isFrom(reply.model, askedAs ?? body().plain.model)
        ? "other-model"
        : recording;
    },
    async sample(abort) {
      const { bytes, ...reply } = await incoming.sample(text, abort);
      askedAs = reply.askedAs;
      const watch = gatherReply(api, reply);
      for await (const piece of bytes) watch?.add(piece);
      return watch?.whole();
    },
  };
  return Object.assign(called, {
    body,
    wasTooOld: () => tooOld,
    usage: () => usage,
    isAskedAs(name: string | undefined) {
      askedAs = name;
    },
  });
}

function toProvider(
  way: ToModel<Gathered>,
  metadata: RepriseMetadata,
  {
    call,
    api,
    text,
    isWritten,
  }: {
    readonly call: Pick<ReturnType<typeof toFrameworkCall>, "usage" | "isAskedAs">;
    readonly api: Api;
    readonly text: string;
    readonly isWritten: boolean;
  },
): ToProvider {
  const isLearned =
    isWritten &&
    (metadata.status === "miss" || metadata.reason === "read-off" || metadata.reason === "shadow");
  return {
    to: "provider",
    text,
    metadata,
    told(outcome) {
      if (!outcome || !isLearned) return toldHeaders(metadata);
      return outcome.refused
        ? toldHeaders({ ...metadata, refused: outcome.refused })
        : toldHeaders(metadata, true);
    },
    watch(reply) {
      call.isAskedAs(reply.askedAs);
      const watch = gatherReply(api, reply);
      if (!watch) {
        way.failed();
        return undefined;
      }
      let ended: Promise<Kept> | undefined;
      const end = (): Promise<Kept> => {
        ended ??= way
          .answered(() => watch.whole())
          .then((refused) => {
            const usage = call.usage();
            return { refused, ...(usage && { usage }) };
          });
        return ended;
      };
      return {
        isStream: watch.isStream,
        add(bytes) {
          watch.add(bytes);
          return watch.isOver() ? end() : undefined;
        },
        isOver: watch.isOver,
        end,
      };
    },
    failed: way.failed,
    onJoin: way.onJoin,
  };
}

async function* streamed(
  api: Api,
  {
    reply,
    body,
    settings,
  }: { readonly reply: JsonRecord; readonly body: JsonRecord; readonly settings: Settings },
): AsyncGenerator<string, void> {
  let began = false;
  for (const event of api.toEvents(reply, { body, pieces: settings.chunks })) {
    if (began) await between(settings.chunks);
    began = true;
    yield printEvent(event);
  }
}

/** An error as OpenAI writes them, and Anthropic, whose clients look for the outer `type`. */
function refusal(status: number, message: string, headers: Record<string, string> = {}): Answered {
  const error = { message: `reprise: ${message}`, type: "invalid_request_error", param: null, code: null };
  return {
    to: "reply",
    status,
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify({ type: "error", error }),
    metadata: { status: "bypass", reason: "invalid", saved: { inputTokens: 0, outputTokens: 0 } },
  };
}
