/** Bytes as base64, in every JavaScript runtime. */

interface NodeBuffer {
  from(bytes: ArrayBufferLike, offset: number, length: number): { toString(encoding: "base64"): string };
}

// How many bytes become characters in one call: its arguments stand on the stack.
const AT_ONCE = 0x8000;

/** Base64 of bytes, with padding. */
export function base64(bytes: Uint8Array): string {
  // Edge runtimes have no Buffer, which is much the faster.
  const { Buffer: node } = globalThis as { readonly Buffer?: NodeBuffer };
  return node
    ? node.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64")
    : portableBase64(bytes);
}

/** The same without Node. */
export function portableBase64(bytes: Uint8Array): string {
  let binary = "";
  for (let at = 0; at < bytes.length; at += AT_ONCE)
    binary += String.fromCharCode(...bytes.subarray(at, at + AT_ONCE));
  return btoa(binary);
}
