/** Decides whether what stands at a key is the record that belongs there. */
import { byteLength } from "../template/bytes.js";
import { open } from "./codec.js";
import type { Failure, KeyvPort } from "./keyv-port.js";

/** Why there is no record: there is none, it cannot be believed, or the store did not answer. */
export type Lack = "absent" | "unknown-version" | "too-large" | Failure;

/** A record, or why there is none. */
export type Fetched<T> = { readonly record: T; readonly lack?: undefined } | { readonly lack: Lack };

/** Whether a lack may be over by the next time. */
export function isPassing(lack: Lack | undefined): lack is "timeout" | "unreachable" {
  return lack === "timeout" || lack === "unreachable";
}

/**
 * Reads, checks and decodes records, one for each key and in their order. `decode` gives `undefined` for what
 * is no such record.
 */
export function fetchAll<T>(
  port: KeyvPort,
  keys: readonly string[],
  decode: (value: unknown) => T | undefined,
): Promise<Fetched<T>[]> {
  return readAll(port, keys, (key, text) => read(key, text, decode));
}

/** The same for the bodies of entries, whatever they hold; one of more than `maxBytes` is not read. */
export function fetchBodies(
  port: KeyvPort,
  keys: readonly string[],
  maxBytes = Number.POSITIVE_INFINITY,
): Promise<Fetched<{ readonly body: unknown }>[]> {
  return readAll(port, keys, (key, text) =>
    isLonger(text, maxBytes) ? { lack: "too-large" } : read(key, text, (body) => ({ body })),
  );
}

async function readAll<T>(
  port: KeyvPort,
  keys: readonly string[],
  take: (key: string, text: string) => Fetched<T>,
): Promise<Fetched<T>[]> {
  const cells = keys.length > 0 ? await port.read(keys) : [];
  return keys.map((key, index) => {
    const cell = cells[index] ?? { gap: "absent" };
    return "gap" in cell ? { lack: cell.gap } : take(key, cell.text);
  });
}

function read<T>(key: string, text: string, decode: (value: unknown) => T | undefined): Fetched<T> {
  const opened = open(key, text);
  if (!opened.ok) return { lack: opened.flaw };
  const record = decode(opened.value);
  return record === undefined ? { lack: "damaged" } : { record };
}

/** The same for one key. */
export async function fetchOne<T>(
  port: KeyvPort,
  key: string,
  decode: (value: unknown) => T | undefined,
): Promise<Fetched<T>> {
  const [fetched] = await fetchAll(port, [key], decode);
  return fetched ?? { lack: "absent" };
}

// No character takes more than three bytes: most texts need not be measured.
function isLonger(text: string, bytes: number): boolean {
  return text.length * 3 > bytes && byteLength(text) > bytes;
}
