/** Writes into a module how far its memory may grow, so that the engine itself holds it to that. */

/** A module that cannot be held to a limit. The message says why, and names no file. */
export class BadMemory extends Error {
  override readonly name = "BadMemory";
}

const PAGE = 64 * 1024;
/** Magic number and version, of the core specification. */
const HEADER = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];
const MEMORY_SECTION = 5;
const HAS_MAXIMUM = 1;

/**
 * The same module with a memory of at most `limit` bytes (whole pages of 64 KB): `memory.grow` fails beyond them.
 * One without a memory is returned as it is.
 *
 * @throws BadMemory for what is no module, for more than one memory, one that is shared or of 64 bits, and one
 * that begins beyond the limit
 */
export function withMemoryLimit(bytes: Uint8Array, limit: number): Uint8Array<ArrayBuffer> {
  if (HEADER.some((byte, at) => bytes[at] !== byte)) throw new BadMemory("it is no WebAssembly module");
  const pages = Math.floor(limit / PAGE);
  const pieces: Uint8Array[] = [];
  let at = HEADER.length;
  let from = 0;
  while (at < bytes.length) {
    const begin = at;
    const id = bytes[at];
    const size = readNumber(bytes, at + 1);
    const end = size.end + size.value;
    if (end > bytes.length) throw new BadMemory("it is no whole WebAssembly module");
    if (id === MEMORY_SECTION) {
      const body = limited(bytes.subarray(size.end, end), pages);
      pieces.push(
        bytes.subarray(from, begin),
        Uint8Array.of(MEMORY_SECTION, ...written(body.length), ...body),
      );
      from = end;
    }
    at = end;
  }
  return joined([...pieces, bytes.subarray(from)]);
}

/** The body of a memory section, with a maximum. */
function limited(body: Uint8Array, pages: number): number[] {
  const count = readNumber(body, 0);
  if (count.value === 0) return [0];
  if (count.value > 1) throw new BadMemory("it has more than one memory");
  const flags = readNumber(body, count.end);
  if (flags.value > HAS_MAXIMUM) throw new BadMemory("its memory is shared, or not of 32 bits");
  const least = readNumber(body, flags.end);
  if (least.value > pages)
    throw new BadMemory(
      `its memory begins at ${least.value * PAGE} bytes, beyond the limit of ${pages * PAGE}`,
    );
  const most = flags.value === HAS_MAXIMUM ? readNumber(body, least.end).value : pages;
  return [1, HAS_MAXIMUM, ...written(least.value), ...written(Math.min(most, pages))];
}

/** A number in LEB128, without a sign, and where it ends. */
function readNumber(bytes: Uint8Array, at: number): { readonly value: number; readonly end: number } {
  let value = 0;
  for (let shift = 0; shift < 35; shift += 7) {
    const byte = bytes[at + shift / 7];
    if (byte === undefined) break;
    value += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) return { value, end: at + shift / 7 + 1 };
  }
  throw new BadMemory("it is no whole WebAssembly module");
}

function written(value: number): number[] {
  const low = value % 128;
  return value < 128 ? [low] : [low | 0x80, ...written((value - low) / 128)];
}

function joined(pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(pieces.reduce((size, piece) => size + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
