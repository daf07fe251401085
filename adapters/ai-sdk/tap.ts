/** What a model's stream says, gathered while it passes through to its reader. */
import type {
  LanguageModelV4Content,
  LanguageModelV4StreamPart,
  SharedV4ProviderMetadata,
  SharedV4Warning,
} from "@ai-sdk/provider";
import type { RepriseMetadata } from "../shared/metadata.js";
import type { Relay } from "../shared/relay.js";
import { type Noted, withMetadata } from "./metadata.js";
import type { Outcome } from "./record.js";

/** Gathers stream parts into the outcome they add up to. */
export interface Collector {
  add(part: LanguageModelV4StreamPart): void;
  /** `undefined` for a stream that broke off, held an error, or was not well-formed. */
  outcome(): Outcome | undefined;
}

/** A collector for one stream. */
export function createCollector(): Collector {
  type Block = Extract<LanguageModelV4Content, { type: "text" | "reasoning" }>;
  const content: LanguageModelV4Content[] = [];
  const open = new Map<string, Block>();
  let finish: Finish | undefined;
  let sound = true;

  function start(kind: Block["type"], { id, providerMetadata }: Noted & { id: string }): void {
    const block: Block = { type: kind, text: "" };
    note(block, providerMetadata);
    open.set(`${kind} ${id}`, block);
    content.push(block);
  }

  function extend(
    kind: Block["type"],
    { id, delta, providerMetadata }: Noted & { id: string; delta: string },
  ): void {
    const block = open.get(`${kind} ${id}`);
    if (!block) {
      sound = false;
      return;
    }
    block.text += delta;
    note(block, providerMetadata);
  }

  // A provider may note something on any part of a block; a signature comes last.
  function note(block: Block | undefined, providerMetadata: SharedV4ProviderMetadata | undefined): void {
    if (block && providerMetadata)
      block.providerMetadata = { ...block.providerMetadata, ...providerMetadata };
  }

  return {
    add(part) {
      switch (part.type) {
        case "text-start":
          return start("text", part);
        case "text-delta":
          return extend("text", part);
        case "text-end": {
          const block = open.get(`text ${part.id}`);
          if (block?.type === "text" && part.citations) block.citations = part.citations;
          return note(block, part.providerMetadata);
        }
        case "reasoning-end":
          return note(open.get(`reasoning ${part.id}`), part.providerMetadata);
        case "reasoning-start":
          return start("reasoning", part);
        case "reasoning-delta":
          return extend("reasoning", part);
        case "tool-call":
        case "tool-result":
        case "tool-approval-request":
        case "custom":
        case "file":
        case "reasoning-file":
        case "source":
          content.push(part);
          return;
        case "error":
          sound = false;
          return;
        case "finish":
          finish = part;
      }
    },
    outcome() {
      if (!sound || !finish) return undefined;
      const { finishReason, usage, providerMetadata } = finish;
      return { content, finishReason, usage, ...(providerMetadata && { providerMetadata }) };
    },
  };
}

/** What is done to a model's stream on its way to the caller. */
export interface Tap {
  /** Put into a finish part after which the stream goes on, or fails. */
  readonly metadata: RepriseMetadata;
  /** Put into the stream's start. */
  readonly warnings: readonly SharedV4Warning[];
  /** Told the id of the provider's response, when the stream names it. */
  readonly onResponseId: (id: string) => void;
  /**
   * Called when the stream has ended, with `undefined` if it was not well-formed. Resolves to what the finish
   * part is to say; then the stream closes. Must not reject.
   */
  readonly onEnd: (outcome: Outcome | undefined) => Promise<RepriseMetadata>;
  /** Told of a call before the caller is, who waits for what it gives. Must not reject. */
  readonly onCall?: ((call: Call) => Promise<void> | undefined) | undefined;
  /** Called when the stream failed or was left, and never after `onEnd`. */
  readonly onBreak: () => void;
  /** Gets every part as the model gave it. */
  readonly relay?: Relay<LanguageModelV4StreamPart> | undefined;
}

/** A model's stream under watch. */
export interface TappedStream {
  readonly stream: ReadableStream<LanguageModelV4StreamPart>;
  /**
   * Reads on without waiting for the caller. A caller may stop reading without cancelling, and others who
   * wait for this reply must not wait for ever.
   */
  readonly drain: () => void;
}

/** The first of these is the first that a reader has of the reply. */
export const SAYS: ReadonlySet<LanguageModelV4StreamPart["type"]> = new Set([
  "text-delta",
  "reasoning-delta",
  "tool-input-start",
  "tool-call",
  "file",
  "source",
]);

type Finish = Extract<LanguageModelV4StreamPart, { type: "finish" }>;
type Call = Extract<LanguageModelV4StreamPart, { type: "tool-call" }>;

/** Passes a model's stream on, part by part and at the reader's pace, while gathering what it says. */
export function tapStream(source: ReadableStream<LanguageModelV4StreamPart>, tap: Tap): TappedStream {
  const reader = source.getReader();
  const collector = createCollector();
  let over = false;
  let opened = false;
  let draining = false;
  let sink: ReadableStreamDefaultController<LanguageModelV4StreamPart> | undefined;
  // It says what became of the reply, and comes when that is known.
  let finish: Finish | undefined;
  // What comes behind a call that is waited for waits too.
  let held: Promise<void> | undefined;

  // Steps may overlap (the reader's and the drain's): reads resolve in order, and `over` lets only one of
  // them end it.
  async function step(): Promise<void> {
    try {
      const { done, value } = await reader.read();
      while (held) await held;
      if (value?.type === "tool-call") {
        held = tap.onCall?.(value);
        if (held) await held;
        held = undefined;
      }
      if (over) return;
      if (!done) {
        pass(value);
        // A step that gives its reader nothing would be the last.
        return value.type === "finish" ? await step() : undefined;
      }
      over = true;
      tap.relay?.end();
      release(await tap.onEnd(collector.outcome()));
      sink?.close();
    } catch (error) {
      if (over) return;
      over = true;
      tap.relay?.fail(error);
      tap.onBreak();
      release(tap.metadata);
      sink?.error(error);
    }
  }

  function release(metadata: RepriseMetadata): void {
    if (finish)
      sink?.enqueue({ ...finish, providerMetadata: withMetadata(finish.providerMetadata, metadata) });
    finish = undefined;
  }

  function pass(part: LanguageModelV4StreamPart): void {
    collector.add(part);
    tap.relay?.push(part);
    if (SAYS.has(part.type)) tap.relay?.open();
    if (part.type === "response-metadata" && part.id !== undefined) tap.onResponseId(part.id);
    const due = opened ? [] : tap.warnings;
    opened = true;
    if (part.type === "stream-start")
      sink?.enqueue(due.length > 0 ? { ...part, warnings: [...part.warnings, ...due] } : part);
    else {
      if (due.length > 0) sink?.enqueue({ type: "stream-start", warnings: [...due] });
      release(tap.metadata);
      if (part.type === "finish") finish = part;
      else sink?.enqueue(part);
    }
  }

  const stream = new ReadableStream<LanguageModelV4StreamPart>(
    {
      start(controller) {
        sink = controller;
      },
      pull: step,
      async cancel(reason) {
        if (over) return;
        sink = undefined;
        // Others wait for the rest of it.
        if (draining) return;
        over = true;
        tap.onBreak();
        await reader.cancel(reason);
      },
    },
    // Nothing is read before it is asked for.
    { highWaterMark: 0 },
  );

  return {
    stream,
    drain: () => {
      if (draining) return;
      draining = true;
      void (async () => {
        while (!over) await step();
      })();
    },
  };
}
