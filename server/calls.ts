/**
 * One call of an API that the cache knows: answered from it, or asked of the provider while the cache looks
 * on.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Cache } from "reprise";
import {
  type Answered,
  answerCall,
  type IncomingCall,
  type ToProvider,
  type Watch,
} from "../adapters/openai/call.js";
import type { Settings } from "../adapters/openai/options.js";
import type { RepriseMetadata } from "../adapters/shared/metadata.js";
import { decoding } from "./decoded.js";
import { pairs, toProvider } from "./headers.js";
import type { Metrics } from "./metrics.js";
import { sendText, valueOf, write, writeHead } from "./reply.js";
import type { ProviderAnswer, Upstream } from "./upstream.js";

/** A call as this proxy was asked it. */
export interface Call extends Pick<IncomingCall, "api" | "endpoint"> {
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
  readonly path: string;
  /** The body as it came, and as text. */
  readonly bytes: Buffer;
  readonly text: string;
  readonly tenant: string | undefined;
  /** Told what became of the call. */
  readonly onDone: (metadata: RepriseMetadata) => void;
}

/** What calls are served with. */
export interface CallContext {
  readonly cache: Cache;
  readonly upstream: Upstream;
  readonly settings: Settings;
  readonly metrics: Pick<Metrics, "asked">;
  /** This proxy's name among proxies. */
  readonly id: string;
}

// A reply that is not streamed is held back until it is known whether it is kept; a longer one is not looked
// at.
const MAX_HELD = 8 * 1024 * 1024;

/** Answers a call. Rejects only with what the provider could not be asked for. */
export async function serveCall(
  call: Call,
  { cache, upstream, settings, metrics, id }: CallContext,
): Promise<void> {
  const { incoming, outgoing, api, endpoint, path, bytes, text, tenant } = call;
  const leaving = new AbortController();
  outgoing.once("close", () => {
    if (!outgoing.writableFinished) leaving.abort();
  });
  const ask = async (body: Buffer | string, signal?: AbortSignal) => {
    const headers = toProvider(incoming.rawHeaders, { id, apart: ["content-length", "cache-control"] });
    const began = performance.now();
    let outcome: "answered" | "failed" = "failed";
    try {
      const answer = await upstream.ask({ method: "POST", path, headers, body, ...(signal && { signal }) });
      if (answer.status < 400) outcome = "answered";
      return answer;
    } finally {
      metrics.asked(performance.now() - began, outcome);
    }
  };

  const asked: IncomingCall = {
    api,
    endpoint,
    url: `${upstream.origin}${path}`,
    text,
    headers: [...pairs(incoming.rawHeaders)].map(([name, value]) => [name.toLowerCase(), value] as const),
    signal: leaving.signal,
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
  const way = await answerCall(cache, asked, { ...settings, scope: () => tenant });
  call.onDone(way.metadata);
  if (way.to === "reply") {
    await sendKnown(way, outgoing, way.headers);
    return;
  }
  try {
    // Whoever waits for this very reply gets it, though the client that asked has left.
    const abort = new AbortController();
    let isAwaited = false;
    way.onJoin(() => {
      isAwaited = true;
    });
    leaving.signal.addEventListener("abort", () => {
      if (!isAwaited) abort.abort();
    });
    const answer = await ask(way.text === text ? bytes : way.text, abort.signal);
    await relay(answer, { way, outgoing, isAwaited: () => isAwaited });
  } catch (error) {
    way.failed();
    throw error;
  }
}

const facts = ({ status, headers }: ProviderAnswer): { status: number; contentType: string | undefined } => ({
  status,
  contentType: valueOf(headers, "content-type"),
});

async function sendKnown(
  way: Answered & { to: "reply" },
  outgoing: ServerResponse,
  headers: Record<string, string>,
): Promise<void> {
  const { status, body } = way;
  if (typeof body === "string") return sendText(outgoing, { status, headers, text: body });
  outgoing.writeHead(status, headers);
  for await (const piece of body) if (!(await write(outgoing, piece))) return;
  outgoing.end();
}

interface Relaying {
  readonly way: ToProvider;
  readonly outgoing: ServerResponse;
  readonly isAwaited: () => boolean;
}

async function relay(answer: ProviderAnswer, { way, outgoing, isAwaited }: Relaying): Promise<void> {
  const seen = way.watch(facts(answer));
  const watch = seen && decoding(seen, valueOf(answer.headers, "content-encoding"));
  if (!watch) {
    way.failed();
    writeHead(outgoing, answer, way.told());
    await passOn(answer, outgoing);
    return;
  }
  if (watch.isStream) {
    writeHead(outgoing, answer, way.told());
    outgoing.flushHeaders();
    await passStream(answer, { watch, outgoing, way, isAwaited });
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
      writeHead(outgoing, answer, way.told());
      for (const early of held) await write(outgoing, early);
      held = undefined;
    } else if (!(await write(outgoing, piece))) return;
  }
  if (held) writeHead(outgoing, answer, way.told(await watch.end()));
  outgoing.end(held && Buffer.concat(held));
}

async function passStream(
  answer: ProviderAnswer,
  {
    watch,
    outgoing,
    way,
    isAwaited,
  }: Pick<Relaying, "outgoing" | "way" | "isAwaited"> & { readonly watch: Watch },
): Promise<void> {
  let isRead = true;
  for await (const piece of answer.body) {
    const recording = watch.add(piece);
    if (recording) await recording;
    // Others wait for this reply: it is read at the provider's pace, whatever the client's.
    if (isRead && isAwaited()) outgoing.write(piece);
    else if (isRead) isRead = await write(outgoing, piece);
    if (!isRead && !isAwaited()) {
      // What has said that it is at its end is whole, whoever has left.
      if (!watch.isOver()) way.failed();
      return;
    }
  }
  await watch.end();
  outgoing.end();
}

/** The rest of a provider's reply, as it comes. */
export async function passOn({ body }: ProviderAnswer, outgoing: ServerResponse): Promise<void> {
  for await (const piece of body) if (!(await write(outgoing, piece))) return;
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
