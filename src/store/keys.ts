/**
 * Decides which keys the store uses, so that no other user of the same Keyv, and no other namespace, shares
 * one.
 */
import { sha256 } from "../template/sha256.js";

/** How many registry buckets a namespace has. */
export const BUCKETS = 32;

/** The keys of one namespace. */
export interface Keys {
  /** The body of the record with this id. */
  body(id: string): string;
  /** A segment of a writer's log. */
  segment(writer: string, number: number): string;
  /** Which bodies a writer was about to write when it last wrote some. */
  intent(writer: string): string;
  /** Where a writer's log begins and ends. */
  head(writer: string): string;
  /** A registry bucket: which writers there are. */
  bucket(number: number): string;
  /** What changes whenever a writer registers, and is there as long as the store keeps what it was given. */
  readonly bell: string;
}

/**
 * The namespace stands in the keys as a digest: it may be any text, of any length, and no namespace is a
 * prefix of another. Keys hold only `[0-9a-z.-]` and are shorter than 150 characters. There is no colon in
 * them because Keyv 5 leaves out its own prefix in `set`, but not in `getMany`, for a key that seems to have
 * it already.
 */
export function storeKeys(namespace: string): Keys {
  // JSON, because UTF-8 would turn every lone surrogate into the same character.
  const prefix = `reprise.1.${sha256(JSON.stringify(namespace), "hex").slice(0, 24)}`;
  return {
    body: (id) => `${prefix}.r.${id}`,
    segment: (writer, number) => `${prefix}.l.${writer}.${number}`,
    intent: (writer) => `${prefix}.i.${writer}`,
    head: (writer) => `${prefix}.h.${writer}`,
    bucket: (number) => `${prefix}.w.${number}`,
    bell: `${prefix}.b.0`,
  };
}

/** The two buckets in which a writer is registered. */
export function bucketsOf(writer: string): readonly [number, number] {
  const digest = sha256(writer, "hex");
  const first = Number.parseInt(digest.slice(0, 6), 16) % BUCKETS;
  const apart = 1 + (Number.parseInt(digest.slice(6, 12), 16) % (BUCKETS - 1));
  return [first, (first + apart) % BUCKETS];
}
