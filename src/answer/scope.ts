/** Which tree a request belongs to: everything that shapes a reply and is not in the messages. */

import { BoundedMap, type Holding } from "../template/bounded-map.js";
import { digest } from "../template/digest.js";
import { javaScriptText } from "../template/json.js";
import type { CacheRequest } from "../types.js";
import { digestOf, Unfit } from "./normalise.js";

// What is matched, what asks something of the cache, and what concerns the transport alone.
const NOT_SCOPE = new Set([
  "messages",
  "bindings",
  "read",
  "write",
  "induce",
  "stream",
  "stream_options",
  "signal",
  "abortSignal",
  "headers",
  "metadata",
  "user",
  "store",
  "timeout",
  "maxRetries",
]);

const MEMO = { maxEntries: 512, maxSize: 8 * 1024 * 1024 };

/**
 * Gives each request its scope key. Canonicalising a large tool list costs more than a lookup, so keys are
 * remembered by the plain JSON text of their inputs.
 */
export class Scopes {
  private readonly memo = new BoundedMap<string, string>(MEMO);

  constructor(private readonly namespace: string) {}

  /** What it holds, for `stats()`. */
  get holding(): Holding {
    return this.memo.holding;
  }

  /** Forgets the inputs of requests. */
  clear(): void {
    this.memo.clear();
  }

  /** The key of a request's scope. Throws `Unfit` if a setting cannot be compared (a cycle, a stream). */
  keyOf(request: CacheRequest): string {
    const inputs: Record<string, unknown> = Object.create(null);
    for (const name of Object.keys(request)) {
      const value = request[name];
      if (!NOT_SCOPE.has(name) && value !== undefined) inputs[name] = value;
    }
    const text = textOf(inputs);
    const known = this.memo.get(text);
    if (known !== undefined) return known;
    const key = digest(`scope ${this.namespace.length}:${this.namespace} ${digestOf(inputs)}`).slice(0, 22);
    this.memo.set(text, key);
    return key;
  }
}

function textOf(inputs: Record<string, unknown>): string {
  try {
    return javaScriptText(inputs) ?? "";
  } catch {
    throw new Unfit("invalid");
  }
}
