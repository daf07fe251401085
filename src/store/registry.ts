/**
 * Decides how writers find each other in a store that can neither list its keys nor compare and set.
 *
 * A fixed number of buckets, each a list of writers. Adding to a list is read, then write; two processes that
 * do it at the same moment may overwrite each other. So nobody relies on one write: a writer stands in two
 * buckets, and is found by either; it looks again after its first events are stored, and whoever reads puts
 * back any writer it knows of that a bucket lacks. A registration is lost only if it is overwritten in both
 * after that second look, its process is killed before its next read, and no other process has ever seen it.
 * One that closes looks a third time.
 *
 * The buckets are read when the bell has rung, and now and then.
 */
import { decodeBucket, encodeBucket, seal } from "./codec.js";
import { fetchAll, fetchOne, isPassing } from "./fetch.js";
import { BUCKETS, bucketsOf, type Keys } from "./keys.js";
import type { Failure, KeyvPort } from "./keyv-port.js";
import type { Report } from "./records.js";

/** Who is registered, and in which buckets nothing hindered seeing it. */
export interface Registered {
  /** When each writer registered. */
  readonly writers: ReadonlyMap<string, number>;
  /** Whether a writer is missing from a bucket of its own, as far as that could be read. */
  lacks(writer: string): boolean;
}

/** Reads all buckets. */
export async function registered(port: KeyvPort, keys: Keys, report: Report): Promise<Registered> {
  const buckets = await fetchAll(
    port,
    Array.from({ length: BUCKETS }, (_, number) => keys.bucket(number)),
    decodeBucket,
  );
  const writers = new Map<string, number>();
  for (const { lack, ...bucket } of buckets) {
    if (lack !== undefined && lack !== "absent") report(lack, "read", 1);
    if ("record" in bucket) for (const [writer, at] of bucket.record) writers.set(writer, at);
  }
  const isMissing = (writer: string, number: number): boolean => {
    const bucket = buckets[number];
    if (!bucket || isPassing(bucket.lack)) return false;
    return !("record" in bucket && bucket.record.has(writer));
  };
  return { writers, lacks: (writer) => bucketsOf(writer).some((number) => isMissing(writer, number)) };
}

/** Registers a writer, and rings the bell for those who have read the buckets. */
export async function register(
  { port, keys }: { readonly port: KeyvPort; readonly keys: Keys },
  writer: string,
  at: number,
): Promise<Failure | undefined> {
  const failure = await amend({ port, keys }, { add: new Map([[writer, at]]) });
  return failure ?? (await port.write(new Map([[keys.bell, seal(keys.bell, JSON.stringify(writer))]])));
}

/** Whether a writer stands in both its buckets; also if that cannot be told. */
export async function isRegistered(
  { port, keys }: { readonly port: KeyvPort; readonly keys: Keys },
  writer: string,
): Promise<boolean> {
  const found = await fetchAll(port, bucketsOf(writer).map(keys.bucket), decodeBucket);
  return found.every((bucket) => ("record" in bucket ? bucket.record.has(writer) : isPassing(bucket.lack)));
}

/** Adds and removes writers of one bucket, or of several. Buckets that are right already are not written. */
export async function amend(
  options: { readonly port: KeyvPort; readonly keys: Keys },
  change: { readonly add?: ReadonlyMap<string, number>; readonly remove?: readonly string[] },
): Promise<Failure | undefined> {
  const { port, keys } = options;
  const numbers = new Set([...(change.add?.keys() ?? []), ...(change.remove ?? [])].flatMap(bucketsOf));
  for (const number of numbers) {
    const key = keys.bucket(number);
    const found = await fetchOne(port, key, decodeBucket);
    // What did not answer must not be overwritten; what is no list of writers has nothing to lose.
    if (isPassing(found.lack)) return found.lack;
    const entries = "record" in found ? found.record : new Map<string, number>();
    const before = encodeBucket(entries);
    for (const [writer, at] of change.add ?? [])
      if (bucketsOf(writer).includes(number) && !entries.has(writer)) entries.set(writer, at);
    for (const writer of change.remove ?? []) entries.delete(writer);
    const after = encodeBucket(entries);
    if (after === before) continue;
    const failure = await port.write(new Map([[key, seal(key, after)]]));
    if (failure) return failure;
  }
  return undefined;
}
