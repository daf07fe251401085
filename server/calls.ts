/**
 * One call of an API that the cache knows: answered from it, or asked of the provider while the cache looks
 * on.
 */
import type { ServerResponse } from "node:http";
import type { Cache } from "reprise";
import {
  type Answered,
  answerCall,
  type IncomingCall,
  type ProviderReply,
  type ToProvider,
  type Watch,
} from "../adapters/openai/call.js";
import type { Settings } from "../adapters/openai/options.js";
import type { RepriseMetadata } from "../adapters/shared/metadata.js";
import { decoding } from "./decoded.js";
import { pairs, toProvider } from "./headers.js";
import type { Metrics } from "./metrics.js";
import { passOn, relayThrough, rewritten, sendPieces, sendThrough } from "./relay.js";
import { sendText, valueOf, write, writeHead } from "./reply.js";
import type { ModelRequest, Refusal } from "./stages.js";
import type { ProviderAnswer, ProviderRequest, Route } from "./upstream.js";
import type { Visit } from "./visit.js";
import { printRefusal, Stopped, type WayOut, wayOut } from "./way-out.js";

/** A call as this proxy was asked it. */
export interface Call extends Pick<IncomingCall, "api" | "endpoint"> {
  readonly visit: Visit;
  readonly asked: ModelRequest;
  readonly route: Route;
  /** The body as it is to be sent, and as text. */
  readonly bytes: Buffer;
  readonly text: string;
  readonly tenant: string | undefined;
  /** Told what became of the call. */
  readonly onDone: (metadata: RepriseMetadata) => void;
}

/** What calls are served with. */
export interface CallContext {
  readonly cache: Cache;
  readonly settings: Settings;
  readonly metrics: Pick<Metrics, "asked">;
  /** This proxy's name among proxies. */
  readonly id: string;
}

// A reply that is not streamed is held back until it is known whether it is kept; a longer one is not looked
// at.
const MAX_HELD = 8 * 1024 * 1024;

/** Answers a call. Rejects only with what the provider could not be asked for. */
export async function serveCall(call: Call, { cache, settings, metrics, id }: CallContext): Promise<void> {
  const { visit, asked, route, api, endpoint, bytes, text, tenant } = call;
  const { incoming, outgoing, request, stages } = visit;
  const out = wayOut(stages.hooks, asked, "provider");
  const apart = ["content-length", "cache-control", ...(out ? ["accept-encoding"] : [])];
  const ask = async (body: Buffer | string, signal?: AbortSignal) => {
    const headers = toProvider(incoming.rawHeaders, { id, apart });
    const began = performance.now();
    let outcome: "answered" | "failed" = "failed";
    try {
      const answer = await route.ask({
        ...{ method: "POST", headers, body },
        ...(signal && { signal }),
        ...attempting(visit, asked),
      });
      if (answer.status < 400) outcome = "answered";
      return answer;
    } finally {
      metrics.asked(performance.now() - began, outcome);
    }
  };

  const incomingCall: IncomingCall = {
    ...{ api, endpoint, url: route.url, text, signal: request.signal },
    headers: [...pairs(incoming.rawHeaders)].map(([name, value]) => [name.toLowerCase(), value] as const),
    async sample(body, signal) {
      const answer = await ask(body, signal);
      const encoding = valueOf(answer.headers, "content-encoding");
      // An encoding that is read while it passes is read here too, by the same decoder.
      return {
        ...facts(answer),
        bytes: encoding === undefined ? answer.body : decodedBytes(answer.body, encoding),
      };
    },
  };
  const way = await answerCall(cache, incomingCall, { ...settings, scope: () => tenant });
  call.onDone(way.metadata);
  if (way.to === "reply") {
    await sendKnown(way, outgoing, way.status === 200 ? wayOut(stages.hooks, asked, "cache") : undefined);
    return;
  }
  try {
    // Whoever waits for this very reply gets it, though the client that asked has left.
    const abort = new AbortController();
    let isAwaited = false;
    way.onJoin(() => {
      isAwaited = true;
    });
    request.signal.addEventListener("abort", () => {
      if (!isAwaited) abort.abort();
    });
    const answer = await ask(way.text === text ? bytes : way.text, abort.signal);
    visit.provider = answer.provider;
    await relay(answer, { visit, way, out, isAwaited: () => isAwaited });
  } catch (error) {
    way.failed();
    throw error;
  }
}

/** What a provider is asked with for this request: hooks before each attempt, and who hears of them. */
export function attempting(
  { stages: { hooks }, attempts }: Visit,
  request: ModelRequest,
): Pick<ProviderRequest, "before" | "onAttempt"> {
  return {
    onAttempt: (attempt) => void attempts.push(attempt),
    ...(hooks?.listens.call && { before: (call) => hooks.onModelCall({ ...call, request }) }),
  };
}

const facts = ({ status, headers, askedAs }: ProviderAnswer): ProviderReply => ({
  status,
  contentType: valueOf(headers, "content-type"),
  ...(askedAs !== undefined && { askedAs }),
});

async function sendKnown(
  { status, headers, body }: Answered & { to: "reply" },
  outgoing: ServerResponse,
  out: WayOut | undefined,
): Promise<void> {
  if (typeof body === "string")
    return sendText(outgoing, { status, headers, text: out ? await out.whole(body) : body });
  await sendPieces(outgoing, {
    pieces: out ? out.stream(body) : body,
    begin: () => outgoing.writeHead(status, headers),
  });
}

interface Relaying {
  readonly visit: Visit;
  readonly way: ToProvider;
  readonly out: WayOut | undefined;
  readonly isAwaited: () => boolean;
}

async function relay(answer: ProviderAnswer, { visit, way, out, isAwaited }: Relaying): Promise<void> {
  const { outgoing } = visit;
  const seen = answer.isKept === false ? undefined : way.watch(facts(answer));
  const watch = seen && decoding(seen, valueOf(answer.headers, "content-encoding"));
  if (!watch) {
    way.failed();
    if (out && answer.status < 400) return relayThrough(answer, { out, outgoing, told: way.told() });
    writeHead(outgoing, answer, way.told());
    await passOn(answer, outgoing);
    return;
  }
  if (watch.isStream) {
    await passStream(answer, { watch, visit, way, out, isAwaited });
    return;
  }
  let held: Buffer[] | undefined = [];
  let size = 0;
  for await (const piece of answer.body) {
    if (held) {
      held.push(piece);
      size += piece.length;
      void watch.add(piece);
      if (size <= MAX_HELD) continue;
      way.failed();
      if (out) throw new Stopped(TOO_LONG);
      writeHead(outgoing, answer, way.told());
      for (const early of held) await write(outgoing, early);
      held = undefined;
    } else if (!(await write(outgoing, piece))) return;
  }
  if (!held) {
    outgoing.end();
    return;
  }
  const kept = await watch.end();
  visit.usage = kept.usage;
  const whole = Buffer.concat(held);
  if (out) return sendThrough(answer, { whole, out, outgoing, told: way.told(kept) });
  writeHead(outgoing, answer, way.told(kept));
  outgoing.end(whole);
}

const TOO_LONG: Refusal = {
  to: "refuse",
  status: 502,
  message: "the provider's reply is longer than the hooks that are to look at it can hold",
};

async function passStream(
  answer: ProviderAnswer,
  { watch, visit, way, out, isAwaited }: Relaying & { readonly watch: Watch },
): Promise<void> {
  const { outgoing } = visit;
  async function* watched(): AsyncGenerator<Buffer, void> {
    for await (const piece of answer.body) {
      const recording = watch.add(piece);
      if (recording) visit.usage = (await recording).usage;
      yield piece;
    }
  }
  let isRead = true;
  const begin = (): void => {
    if (outgoing.headersSent) return;
    writeHead(outgoing, out ? rewritten(answer) : answer, way.told());
    outgoing.flushHeaders();
  };
  // What hooks stop before its first event is an error with a status.
  if (!out) begin();
  try {
    for await (const piece of out ? out.stream(watched()) : watched()) {
      begin();
      if (isRead && isAwaited()) outgoing.write(piece);
      // Others wait for this reply: it is read at the provider's pace, whatever the client's.
      else if (isRead) isRead = await write(outgoing, piece);
      if (!isRead && !isAwaited()) {
        // What has said that it is at its end is whole, whoever has left.
        if (!watch.isOver()) way.failed();
        return;
      }
    }
  } catch (error) {
    if (!(error instanceof Stopped) || !outgoing.headersSent) throw error;
    way.failed();
    outgoing.end(printRefusal(error.refusal));
    return;
  }
  begin();
  visit.usage = (await watch.end()).usage;
  outgoing.end();
}

async function* decodedBytes(
  body: AsyncIterable<Buffer>,
  encoding: string,
): AsyncGenerator<Uint8Array, void> {
  const pieces: Uint8Array[] = [];
  const gather: Watch = {
    isStream: false,
    add: (bytes) => void pieces.push(bytes),
    isOver: () => false,
    end: async () => ({ refused: undefined }),
  };
  const watch = decoding(gather, encoding);
  if (!watch) return;
  for await (const piece of body) void watch.add(piece);
  await watch.end();
  yield* pieces;
}
