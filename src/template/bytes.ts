/**
 * Bytes as text, and texts as bytes, in every JavaScript runtime: with Node's `Buffer` where there is one.
 */

/** The part of Node's Buffer that is used here; edge runtimes have none. */
interface NodeBuffer {
  from(bytes: ArrayBufferLike, offset: number, length: number): { toString(encoding: "base64"): string };
  byteLength(text: string): number;
}

const NODE = (globalThis as { readonly Buffer?: NodeBuffer }).Buffer;

// How many bytes become characters in one call: its arguments stand on the stack.
const AT_ONCE = 0x8000;

/** Base64 of bytes, with padding. */
export const base64: (bytes: Uint8Array) => string = NODE
  ? (bytes) => NODE.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64")
  : portableBase64;

/** The same without Node. */
export function portableBase64(bytes: Uint8Array): string {
  let binary = "";
  for (let at = 0; at < bytes.length; at += AT_ONCE)
    binary += String.fromCharCode(...bytes.subarray(at, at + AT_ONCE));
  return btoa(binary);
}

/** Bytes in lower-case hexadecimal digits. */
export function hex(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += byte.toString(16).padStart(2, "0");
  return text;
}

const encoder = new TextEncoder();

/** How many bytes a text takes in UTF-8. */
export const byteLength: (text: string) => number = NODE
  ? (text) => NODE.byteLength(text)
  : (text) => encoder.encode(text).length;

/** A text in UTF-8. Lone surrogates all become U+FFFD. */
export function utf8(text: string): Uint8Array {
  return encoder.encode(text);
}

/** A text as its code units, the lower byte first: every text has other bytes. */
export function utf16(text: string): Uint8Array {
  const bytes = new Uint8Array(2 * text.length);
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    bytes[2 * index] = unit & 0xff;
    bytes[2 * index + 1] = unit >>> 8;
  }
  return bytes;
}

/** Random bytes, from the runtime's own source. */
export function randomBytes(count: number): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(count));
}
