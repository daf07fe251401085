/**
 * A plugin in AssemblyScript: refuses requests that hold a private key or an AWS access key. It reads the JSON
 * that it is handed as text, so it needs no library: what it looks for is written the same in JSON.
 */

// What Extism gives a plugin: memory beside its own, read and written byte by byte.
@external("extism:host/env", "input_length") declare function inputLength(): u64;
@external("extism:host/env", "input_load_u8") declare function inputByte(at: u64): u8;
@external("extism:host/env", "alloc") declare function alloc(size: u64): u64;
@external("extism:host/env", "store_u8") declare function storeByte(at: u64, byte: u8): void;
@external("extism:host/env", "output_set") declare function setOutput(at: u64, size: u64): void;

function input(): string {
  const size = <i32>inputLength();
  const bytes = new Uint8Array(size);
  for (let at = 0; at < size; at++) bytes[at] = inputByte(at);
  return String.UTF8.decode(bytes.buffer);
}

function output(text: string): void {
  const bytes = Uint8Array.wrap(String.UTF8.encode(text));
  const place = alloc(bytes.length);
  for (let at = 0; at < bytes.length; at++) storeByte(place + at, bytes[at]);
  setOutput(place, bytes.length);
}

/** `AKIA` and sixteen letters or digits. */
function hasAccessKey(text: string): bool {
  for (let at = text.indexOf("AKIA"); at >= 0; at = text.indexOf("AKIA", at + 1)) {
    let end = at + 4;
    while (end < text.length && isUpperOrDigit(text.charCodeAt(end))) end++;
    if (end - at == 20) return true;
  }
  return false;
}

function isUpperOrDigit(code: i32): bool {
  return (code >= 65 && code <= 90) || (code >= 48 && code <= 57);
}

/** The function that the gateway calls for each request: `{ call, body, options }` in, a verdict out. */
export function request(): i32 {
  const given = input();
  if (given.includes("PRIVATE KEY-----") || hasAccessKey(given))
    output('{"refuse":{"status":400,"message":"the request holds a secret key; take it out and send it again"}}');
  return 0;
}
