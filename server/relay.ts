/** How a provider's reply passes to the client: as it comes, or through the hooks that look at it. */
import type { ServerResponse } from "node:http";
import { valueOf, write, writeHead } from "./reply.js";
import type { ProviderAnswer } from "./upstream.js";
import { printRefusal, Stopped, UNREADABLE, type WayOut } from "./way-out.js";

/** The rest of a provider's reply, as it comes. */
export async function passOn({ body }: ProviderAnswer, outgoing: ServerResponse): Promise<void> {
  for await (const piece of body) if (!(await write(outgoing, piece))) return;
  outgoing.end();
}

/**
 * Pieces of a stream, at the pace of whoever reads. `begin` writes the head, with the first of them: what is
 * stopped before it still has a status. What is stopped later ends with an event that says so.
 */
export async function sendPieces(
  outgoing: ServerResponse,
  {
    pieces,
    begin,
  }: { readonly pieces: AsyncIterable<string> | Iterable<string>; readonly begin: () => void },
): Promise<void> {
  try {
    for await (const piece of pieces) {
      if (!outgoing.headersSent) begin();
      if (!(await write(outgoing, piece))) return;
    }
  } catch (error) {
    if (!(error instanceof Stopped) || !outgoing.headersSent) throw error;
    outgoing.end(printRefusal(error.refusal));
    return;
  }
  if (!outgoing.headersSent) begin();
  outgoing.end();
}

interface Through {
  readonly out: WayOut;
  readonly outgoing: ServerResponse;
  /** What the cache has to say. */
  readonly told: Record<string, string>;
}

/** A whole reply that is here, through the hooks. Rejects with `Stopped`. */
export async function sendThrough(
  answer: ProviderAnswer,
  { whole, out, outgoing, told }: Through & { readonly whole: Buffer },
): Promise<void> {
  const text = await out.whole(readable(answer, whole));
  writeHead(outgoing, rewritten(answer), told);
  outgoing.end(text);
}

// What hooks look at is held; longer than that is nothing that they can look at.
const MAX_HELD = 8 * 1024 * 1024;

/** A reply that the cache does not look at, through the hooks. Rejects with `Stopped`. */
export async function relayThrough(answer: ProviderAnswer, { out, outgoing, told }: Through): Promise<void> {
  const type = valueOf(answer.headers, "content-type") ?? "";
  if (/^\s*text\/event-stream\b/i.test(type)) {
    readable(answer, Buffer.alloc(0));
    const pieces = out.stream(answer.body);
    return sendPieces(outgoing, { pieces, begin: () => writeHead(outgoing, rewritten(answer), told) });
  }
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of answer.body) {
    size += piece.length;
    if (size > MAX_HELD) throw new Stopped(UNREADABLE);
    pieces.push(piece);
  }
  await sendThrough(answer, { whole: Buffer.concat(pieces), out, outgoing, told });
}

/** The same reply without what was said of its bytes. */
export function rewritten(answer: ProviderAnswer): Pick<ProviderAnswer, "status" | "headers"> {
  const { status, headers } = answer;
  const kept: string[] = [];
  for (let at = 0; at + 1 < headers.length; at += 2) {
    const [name = "", value = ""] = headers.slice(at, at + 2);
    if (!/^(?:content-length|content-encoding|content-md5|digest|etag)$/i.test(name)) kept.push(name, value);
  }
  return { status, headers: kept };
}

// The provider was asked for no encoding; one that comes all the same is none that hooks can read.
function readable({ headers }: ProviderAnswer, bytes: Buffer): string {
  const encoding = valueOf(headers, "content-encoding")?.trim().toLowerCase() ?? "identity";
  if (encoding !== "identity" && encoding !== "") throw new Stopped(UNREADABLE);
  return bytes.toString();
}
