/** The hooks of a gateway as its stage: in the order of the configuration on the way in, in reverse on the way out. */
import type { Api } from "../../adapters/openai/api.js";
import type { ServerSentEvent } from "../../adapters/openai/sse.js";
import type { Answer, Go, Hooks, ModelRequest, Refusal, ReplyFrom, Trace } from "../stages.js";
import { commonCall, factsOf } from "./call.js";
import type { HookChunk, JsonObject } from "./define.js";
import {
  ClosedByHook,
  type CommonCall,
  type LoadedHook,
  type OnRun,
  type Point,
  runHook,
  type Verdict,
} from "./run.js";
import { type EventWords, eventWords } from "./stream.js";

/** Hooks in this order. Told of every run, `onRun` counts. */
export function createHooks(all: readonly LoadedHook[], onRun: OnRun): Hooks {
  // From its first hook to its end, each request has one.
  const passages = new Map<string, Passage>();
  function passageOf(request: ModelRequest): Passage {
    const passage = passages.get(request.id) ?? new Passage(all, onRun);
    passages.set(request.id, passage);
    passage.of(request);
    return passage;
  }
  const isHeard = (point: Point): boolean => all.some(({ hook }) => hook[point]);
  return {
    listens: {
      request: isHeard("request"),
      call: isHeard("modelCall"),
      reply: isHeard("reply"),
      chunk: isHeard("chunk"),
      whole: all.some(({ hook }) => hook.reply && !hook.chunk),
    },
    onRequest: (request) => passageOf(request).request(request),
    onModelCall: ({ request }) => passageOf(request).modelCall(request),
    onReply: (reply, request, from) => passageOf(request).reply(reply, from),
    onChunk: (event, request) => passageOf(request).event(event, request),
    onTrace(trace) {
      const passage = passages.get(trace.id) ?? new Passage(all, onRun);
      passages.delete(trace.id);
      void passage.trace(trace);
    },
    async close() {
      await Promise.all(all.map((each) => each.close?.()));
    },
  };
}

/** One request on its way through all hooks. None of its methods rejects. */
class Passage {
  private latest: ModelRequest | Trace | undefined;
  private call: CommonCall | undefined;
  /** Those that the request has come through: the ones that see its reply. */
  private entered: readonly LoadedHook[];
  private readonly states = new Map<LoadedHook, Record<string, unknown>>();
  private words: EventWords | undefined;

  constructor(
    private readonly all: readonly LoadedHook[],
    private readonly onRun: OnRun,
  ) {
    this.entered = all;
  }

  /** The request as it is now: another one, where hooks have changed its body. */
  of(request: ModelRequest | Trace): void {
    if (this.latest !== request) this.call = commonCall(request);
    this.latest = request;
  }

  async request(request: ModelRequest): Promise<Go | Refusal | Answer> {
    let body = request.body ?? {};
    for (const [index, loaded] of this.all.entries()) {
      if (!loaded.hook.request) continue;
      const said = await this.verdict(loaded, "request", { given: frozen(body), request });
      if (!said) continue;
      if (said.to !== "go") {
        this.entered = this.all.slice(0, index);
        return said;
      }
      body = said.body;
      this.call = commonCall(request, body);
    }
    return { to: "go", body };
  }

  async modelCall(request: ModelRequest): Promise<Go | Refusal | Answer> {
    for (const loaded of this.all) {
      if (!loaded.hook.modelCall) continue;
      const said = await this.verdict(loaded, "modelCall", { given: frozen(request.body ?? {}), request });
      if (said) return said;
    }
    return { to: "go" };
  }

  async reply(reply: JsonObject, from: ReplyFrom): Promise<Go | Refusal> {
    let body = reply;
    for (const loaded of this.entered.toReversed()) {
      if (!loaded.hook.reply) continue;
      const said = await this.verdict(loaded, "reply", {
        given: Object.freeze({ body: frozen(body), from }),
      });
      if (said?.to === "refuse") return said;
      if (said?.to === "go") body = said.body;
    }
    return { to: "go", body };
  }

  async event(event: ServerSentEvent, { api }: ModelRequest): Promise<readonly ServerSentEvent[] | Refusal> {
    this.words ??= eventWords(api?.name);
    try {
      return await this.words(event, (chunk) => this.chunk(chunk));
    } catch (error) {
      return refusalOf(error);
    }
  }

  async trace(trace: Trace): Promise<void> {
    const facts = Object.freeze(factsOf(trace));
    if (!this.call) this.of(trace);
    for (const loaded of this.all.toReversed())
      if (loaded.hook.trace) await this.run(loaded, "trace", facts).catch(() => undefined);
  }

  private async chunk(chunk: HookChunk): Promise<string> {
    let { text } = chunk;
    for (const loaded of this.entered.toReversed()) {
      if (!loaded.hook.chunk || (text === "" && !chunk.last)) continue;
      const said = await this.run(loaded, "chunk", Object.freeze({ ...chunk, text }));
      if (typeof said === "string") text = said;
    }
    return text;
  }

  /** A changed body, or how the request ends here. */
  private async verdict(
    loaded: LoadedHook,
    point: Point,
    { given, request }: { readonly given: unknown; readonly request?: ModelRequest },
  ): Promise<(Go & { readonly body: JsonObject }) | Refusal | Answer | undefined> {
    try {
      const said = (await this.run(loaded, point, given)) as Verdict | undefined;
      if (said?.refuse) {
        const { status, message, retryAfter } = said.refuse;
        return { to: "refuse", status, message, ...(retryAfter !== undefined && { retryAfter }) };
      }
      if (said?.answer !== undefined)
        return { to: "answer", reply: written(said.answer, request, loaded.name) };
      return said?.body && { to: "go", body: said.body };
    } catch (error) {
      return refusalOf(error);
    }
  }

  private run(loaded: LoadedHook, point: Point, given: unknown): Promise<unknown> {
    const state = this.states.get(loaded) ?? (Object.create(null) as Record<string, unknown>);
    this.states.set(loaded, state);
    const { call, onRun } = this;
    if (!call) return Promise.resolve();
    return runHook({ loaded, point, given, call, state, onRun });
  }
}

function refusalOf(error: unknown): Refusal {
  const message =
    error instanceof ClosedByHook ? error.message : "a hook failed, and nothing passes without it";
  return { to: "refuse", status: 500, message };
}

/** A hook's own answer as a reply of the API. */
function written(answer: string | JsonObject, request: ModelRequest | undefined, hook: string): JsonObject {
  if (typeof answer !== "string") return answer;
  const reply = request?.api && textReply(answer, request.api, request.body ?? {});
  // Where there is no API, there is nothing that a text could be written as.
  if (!reply) throw new ClosedByHook(hook);
  return reply;
}

function textReply(text: string, api: Api, body: JsonObject): JsonObject | undefined {
  const saved = { inputTokens: 0, outputTokens: 0 };
  return api.toReply(
    {
      reply: { role: "assistant", content: text },
      details: { finishReason: "stop" },
      exact: false,
      metadata: { status: "bypass", saved },
    },
    { body, now: Date.now, generateId: () => crypto.randomUUID().replaceAll("-", "") },
  );
}

/** Frozen all the way down: a change that is not returned would be seen by some and not by others. */
function frozen<Value>(value: Value): Value {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const item of Object.values(value)) frozen(item);
  return value;
}
