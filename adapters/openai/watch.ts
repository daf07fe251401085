/** What a provider's reply says, gathered while its bytes pass by. */
import type { Api } from "./api.js";
import { readBody } from "./body.js";
import { isRecord, type JsonRecord } from "./record-of.js";
import { createEventReader } from "./sse.js";

/** A whole reply, or what has come to its end and is none: a page of HTML, half a JSON text. */
export type Gathered = JsonRecord | "unreadable";

/** Gathers one reply. */
export interface ReplyWatch {
  readonly isStream: boolean;
  /** Never throws: what cannot be read is not gathered. */
  add(bytes: Uint8Array): void;
  /** Whether a stream has said that this is its end. */
  isOver(): boolean;
  /** Asked when the reply has come to its end. `undefined`: a stream that broke off. */
  whole(): Gathered | undefined;
}

/** How many bytes are gathered of a reply; a longer one is passed on and not learned. */
const MAX_REPLY = 8 * 1024 * 1024;

/** A watch for a reply; `undefined` for one that failed. */
export function gatherReply(
  api: Api,
  { status, contentType }: { readonly status: number; readonly contentType: string | null | undefined },
): ReplyWatch | undefined {
  if (status !== 200) return undefined;
  return /^\s*text\/event-stream\b/i.test(contentType ?? "") ? gatherStream(api) : gatherWhole(api);
}

function gatherStream(api: Api): ReplyWatch {
  const reader = createEventReader(MAX_REPLY);
  const gatherer = api.gather();
  let size = 0;
  let isSound = true;
  return {
    isStream: true,
    add(bytes) {
      size += bytes.length;
      if (size > MAX_REPLY) isSound = false;
      if (!isSound) return;
      try {
        for (const event of reader.read(bytes)) gatherer.add(event);
      } catch {
        isSound = false;
      }
    },
    isOver: gatherer.isOver,
    whole: () => (isSound ? gatherer.whole() : undefined),
  };
}

function gatherWhole({ repliesInJson }: Api): ReplyWatch {
  const pieces: Uint8Array[] = [];
  let size = 0;
  return {
    isStream: false,
    add(bytes) {
      size += bytes.length;
      if (size > MAX_REPLY) pieces.length = 0;
      else pieces.push(bytes);
    },
    isOver: () => false,
    whole() {
      if (size > MAX_REPLY) return "unreadable";
      try {
        const decoder = new TextDecoder("utf-8", { fatal: true });
        const text =
          pieces.map((piece) => decoder.decode(piece, { stream: true })).join("") + decoder.decode();
        if (repliesInJson) return readBody(text).exact;
        const value: unknown = JSON.parse(text);
        return isRecord(value) ? value : "unreadable";
      } catch {
        return "unreadable";
      }
    },
  };
}
