/** A request's body, as far as anybody here looks into it: read whole, put in another's place, or passed on unread. */
import type { IncomingMessage } from "node:http";
import { readBody as readJson } from "../adapters/openai/body.js";
import type { JsonRecord } from "../adapters/openai/record-of.js";
import { Aside } from "../adapters/shared/aside.js";
import { counted, hasBody, readBody, saysTooLarge, TooLarge } from "./body.js";
import type { Refusal } from "./stages.js";
import type { Visit } from "./visit.js";

/** In bytes: of a call that is read, and of anything that is passed on. */
export interface BodyLimits {
  readonly call: number;
  readonly passed: number;
}

/** What was read of it. */
export interface Read {
  bytes: Buffer | undefined;
  /** As text, where it is a call that the cache can read. */
  text: string | undefined;
  /** The JSON object in it, where stages look into bodies at all. */
  readonly body: JsonRecord | undefined;
}

const UNREAD: Read = { bytes: undefined, text: undefined, body: undefined };

/** Reads it where stages or the cache look into it; a refusal where it cannot be read as it must be. */
export async function readRequest(visit: Visit, limits: BodyLimits): Promise<Read | Refusal> {
  const { incoming, api, stages } = visit;
  const isEncoded = incoming.headers["content-encoding"] !== undefined;
  if (!stages.upstream.readsBodies) {
    if (!api || isEncoded) return UNREAD;
    const bytes = await readWhole(incoming, limits.call);
    return { bytes, text: textOf(bytes), body: undefined };
  }
  // A form with files is passed on as it comes: nobody takes JSON under that name.
  if (!hasBody(incoming) || /^multipart\//i.test(incoming.headers["content-type"] ?? "")) return UNREAD;
  if (isEncoded) return ENCODED;
  const bytes = await readWhole(incoming, limits.call);
  const text = textOf(bytes);
  try {
    const { plain } = readJson(text);
    noteBody(visit, plain);
    return { bytes, text, body: plain };
  } catch (error) {
    return error instanceof Aside && error.reason === "duplicate-keys"
      ? TWICE
      : { bytes, text, body: undefined };
  }
}

function readWhole(incoming: IncomingMessage, limit: number): Promise<Buffer> {
  if (saysTooLarge(incoming, limit)) throw new TooLarge();
  return readBody(incoming, limit);
}

/** A body that is passed on as it comes. */
export function unread(incoming: IncomingMessage, { passed }: BodyLimits): AsyncIterable<Buffer> | null {
  if (saysTooLarge(incoming, passed)) throw new TooLarge();
  return hasBody(incoming) ? counted(incoming, passed) : null;
}

/** Puts another in its place. */
export function replaceBody(read: Read, visit: Visit, body: JsonRecord): void {
  const text = JSON.stringify(body);
  if (read.text !== undefined) read.text = text;
  read.bytes = Buffer.from(text);
  noteBody(visit, body);
}

function noteBody(visit: Visit, { model, stream }: JsonRecord): void {
  visit.model = typeof model === "string" ? model : undefined;
  visit.isStream = stream === true;
}

const ENCODED: Refusal = {
  to: "refuse",
  status: 415,
  message: "send the body without Content-Encoding: it is read here",
};
const TWICE: Refusal = {
  to: "refuse",
  status: 400,
  message: "a field stands in the body twice; readers differ over which of them counts",
};

/** A body that is no UTF-8 is none that the cache can read; it is told so by a text that is no JSON. */
function textOf(bytes: Buffer): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return "";
  }
}
