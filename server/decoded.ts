/** How a compressed reply is read while its bytes pass on as they are. */
import type { Transform } from "node:stream";
import * as zlib from "node:zlib";
import type { Kept, Watch } from "../adapters/openai/call.js";

const DECODERS: Readonly<Record<string, (() => Transform) | undefined>> = {
  gzip: zlib.createGunzip,
  "x-gzip": zlib.createGunzip,
  deflate: zlib.createInflate,
  br: zlib.createBrotliDecompress,
  // Not in every Node that is supported.
  zstd: zlib.createZstdDecompress as typeof zlib.createZstdDecompress | undefined,
};

/** What a small body may swell to before it is no longer looked at. */
const MAX_DECODED = 16 * 1024 * 1024;

/**
 * A watch for a reply in this encoding, to be given its bytes as they come; `undefined` where nobody here can
 * read it. What does not decode, or swells beyond measure, comes to nothing that is learned.
 */
export function decoding(watch: Watch, encoding: string | undefined): Watch | undefined {
  const name = encoding?.trim().toLowerCase() ?? "identity";
  if (name === "identity" || name === "") return watch;
  const create = Object.hasOwn(DECODERS, name) ? DECODERS[name] : undefined;
  if (!create) return undefined;
  const decoder = create();
  let size = 0;
  const done = new Promise<void>((resolve) => {
    decoder.on("data", (bytes: Buffer) => {
      size += bytes.length;
      if (size > MAX_DECODED) decoder.destroy();
      else void watch.add(bytes);
    });
    decoder.on("error", () => resolve());
    decoder.on("close", () => resolve());
    decoder.on("end", () => resolve());
  });
  return {
    isStream: watch.isStream,
    add(bytes) {
      if (!decoder.destroyed) decoder.write(bytes);
      return undefined;
    },
    isOver: watch.isOver,
    async end(): Promise<Kept> {
      decoder.end();
      await done;
      return watch.end();
    },
  };
}
