/** How the body of a request is read: whole and bounded, or passed on piece by piece and counted. */
import type { IncomingMessage } from "node:http";

/** A body that is longer than is taken. */
export class TooLarge extends Error {
  override readonly name = "TooLarge";
}

/** Whether a request says that its body is longer than `limit` bytes. */
export function saysTooLarge(incoming: IncomingMessage, limit: number): boolean {
  return Number(incoming.headers["content-length"] ?? 0) > limit;
}

/** Whether a request has a body at all. */
export function hasBody({ headers }: IncomingMessage): boolean {
  return headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;
}

/** All of a body. Rejects with `TooLarge`, and with what the connection breaks with. */
export function readBody(incoming: IncomingMessage, limit: number): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const pieces: Buffer[] = [];
  let size = 0;
  incoming.on("data", (piece: Buffer) => {
    size += piece.length;
    if (size > limit) reject(new TooLarge());
    else pieces.push(piece);
  });
  incoming.on("end", () => resolve(pieces.length === 1 && pieces[0] ? pieces[0] : Buffer.concat(pieces)));
  incoming.on("error", reject);
  incoming.on("close", () => {
    if (!incoming.complete) reject(new Error("the request broke off"));
  });
  return promise;
}

/** A body piece by piece, as fast as they are taken. Throws `TooLarge`. */
export async function* counted(incoming: IncomingMessage, limit: number): AsyncGenerator<Buffer, void> {
  let size = 0;
  for await (const piece of incoming as AsyncIterable<Buffer>) {
    size += piece.length;
    if (size > limit) throw new TooLarge();
    yield piece;
  }
}
