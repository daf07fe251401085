/**
 * What checks saw of the world when exchanges were observed. It is told, stored and exported as a piece of
 * evidence under an id of its own, so that a store without any reads as before, and older versions carry it on:
 *
 *   agree  sighting-9f0c…  ["before",[["click","b3f1…","{\"open\":true}"]],[],[]]
 *   agree  sighting-9f0c…  ["after","click","b3f1…","{\"ok\":true}"]
 */
import { BoundedMap, ENTRY_SIZE, type Holding } from "../template/bounded-map.js";

/** One call of a tool, and what its check saw, as JSON text. */
export interface SeenCall {
  readonly tool: string;
  /** The digest of its arguments. */
  readonly args: string;
  readonly seen: string;
}

/** The world as it was when an exchange was observed, as far as checks look at it. */
export interface Sighting {
  /** What the checks of the calls of its reply saw, in their order. */
  readonly calls: readonly SeenCall[];
  /** The same of calls that were expected and not made. */
  readonly beside: readonly SeenCall[];
  /** The meanings of replies that were expected, and belong to another state of the world than this one. */
  readonly apart: readonly string[];
}

/** All that was seen of one exchange. */
export interface Seen {
  readonly before: readonly Sighting[];
  /** What came back from its calls. */
  readonly after: readonly SeenCall[];
  readonly witnesses: ReadonlySet<string>;
}

const PREFIX = "sighting-";
// Of one exchange: further ones are not kept, here or in the store.
const MOST_EACH = 32;
const MOST_EXCHANGES = 50_000;
/** The longest witness as JSON text: an event of the store holds it beside its id. */
export const LONGEST_SIGHTING = 3_900;

/** The id under which it is kept what was seen of an exchange. */
export function sightingId(exchange: string): string {
  return `${PREFIX}${exchange}`;
}

/** The exchange that an id of a sighting is about; `undefined` if it is none. */
export function sightedId(id: string): string | undefined {
  return id.startsWith(PREFIX) ? id.slice(PREFIX.length) : undefined;
}

/** A sighting as the witness of a piece of evidence; `undefined` if it is longer than may be kept. */
export function encodeSighting({ calls, beside, apart }: Sighting): string | undefined {
  return fitting(["before", calls.map(encodeCall), beside.map(encodeCall), apart]);
}

/** What came back from a call, as a witness. */
export function encodeResult(call: SeenCall): string | undefined {
  return fitting(["after", ...encodeCall(call)]);
}

function fitting(value: unknown): string | undefined {
  const witness = JSON.stringify(value);
  return JSON.stringify(witness).length > LONGEST_SIGHTING ? undefined : witness;
}

const encodeCall = ({ tool, args, seen }: SeenCall): string[] => [tool, args, seen];

function decodeCall(encoded: unknown): SeenCall {
  const [tool, args, seen] = Array.isArray(encoded) ? (encoded as unknown[]) : [];
  if (typeof tool !== "string" || typeof args !== "string" || typeof seen !== "string")
    throw new TypeError("no call");
  JSON.parse(seen);
  return { tool, args, seen };
}

/** What a witness says, or `undefined` if it is none of these. */
function decode(witness: string): Sighting | SeenCall | undefined {
  if (witness.length > LONGEST_SIGHTING) return undefined;
  try {
    const [kind, ...rest] = JSON.parse(witness) as unknown[];
    if (kind === "after") return decodeCall(rest);
    const [calls, beside, apart] = rest;
    if (kind !== "before" || !Array.isArray(calls) || !Array.isArray(beside) || !Array.isArray(apart))
      return undefined;
    if (!apart.every((meaning) => typeof meaning === "string")) return undefined;
    return { calls: calls.map(decodeCall), beside: beside.map(decodeCall), apart };
  } catch {
    return undefined;
  }
}

const NOTHING: Seen = { before: [], after: [], witnesses: new Set() };

/** All sightings that are known, by exchange. Sets, so that the order in which they come does not matter. */
export class Sightings {
  private readonly byExchange: BoundedMap<string, Seen>;
  private hasDropped = false;

  constructor(maxSize: number) {
    const sizeOf = ({ witnesses }: Seen): number =>
      [...witnesses].reduce((sum, witness) => sum + 2 * ENTRY_SIZE + 2 * witness.length, 2 * ENTRY_SIZE);
    const onDropped = (): void => {
      this.hasDropped = true;
    };
    this.byExchange = new BoundedMap({ maxEntries: MOST_EXCHANGES, maxSize }, { sizeOf, onDropped });
  }

  get holding(): Holding {
    return this.byExchange.holding;
  }

  /** Takes in what a witness tells of an exchange. Returns whether it was new, and is one. */
  note(exchange: string, witness: string): boolean {
    const known = this.byExchange.peek(exchange) ?? NOTHING;
    if (known.witnesses.has(witness) || known.witnesses.size >= MOST_EACH) return false;
    const told = decode(witness);
    if (!told) return false;
    this.byExchange.set(exchange, {
      before: "calls" in told ? [...known.before, told] : known.before,
      after: "calls" in told ? known.after : [...known.after, told],
      witnesses: new Set(known.witnesses).add(witness),
    });
    return true;
  }

  of(exchange: string): Seen {
    return this.byExchange.get(exchange) ?? NOTHING;
  }

  has(exchange: string): boolean {
    return this.byExchange.has(exchange);
  }

  /** Whether the store may hold something of an exchange: of what fell out of the bounds nobody knows. */
  maybe(exchange: string): boolean {
    return this.hasDropped || this.has(exchange);
  }

  /** Whether a reply with this meaning was right in other states of the world than all that the exchange was seen in. */
  isApart(exchange: string, meaning: string): boolean {
    const { before } = this.byExchange.peek(exchange) ?? NOTHING;
    return before.length > 0 && before.every(({ apart }) => apart.includes(meaning));
  }

  drop(exchange: string): void {
    this.byExchange.delete(exchange);
  }

  /** All of them, each with the id it is kept under. */
  *all(): Iterable<readonly [id: string, witness: string]> {
    for (const [exchange, { witnesses }] of this.byExchange)
      for (const witness of witnesses) yield [sightingId(exchange), witness];
  }
}
