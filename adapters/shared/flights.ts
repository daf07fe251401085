/** Which requests in flight share one model call. */

import { createRelay, type Relay } from "./relay.js";

/** A model call under way whose reply others wait for. */
export interface Flight<Value> {
  /** What to do when the first one joins; called at once if someone has joined already. */
  onJoin(action: () => void): void;
  /** The call is a stream, whose pieces are of this kind: those who take the same may follow it. */
  relay(kind: string): Relay<unknown>;
  /**
   * Hands the reply to those who wait; `undefined` frees them to ask for themselves. New requests may still
   * join.
   */
  share(value: Value | undefined): void;
  /** Nobody can join any more; those who wait without a reply are set free. */
  end(): void;
}

/**
 * How a request goes on: with a reply shared by another, following another's stream, leading a flight of its
 * own, or (none of these) alone.
 */
export type Boarding<Value> = {
  readonly shared?: Value;
  readonly streaming?: Streaming;
  readonly flight?: Flight<Value>;
};

/** A stream in flight, and what its pieces are. */
export interface Streaming {
  readonly kind: string;
  readonly relay: Relay<unknown>;
}

/** The flights over one cache or one middleware, by request. */
export interface Flights<Value> {
  /**
   * Waits for the reply of an identical request in flight, or for its stream if that is of a kind that is
   * taken; where there is none, opens a flight for others to join. Who stops waiting because `signal` aborts
   * goes on alone. Never rejects.
   */
  board(key: string, signal: AbortSignal | undefined, kinds?: readonly string[]): Promise<Boarding<Value>>;
}

// A caller may stop reading a stream and never say so; such flights must not pile up.
const MAX_FLIGHTS = 1_000;
// When the model is down, everyone waiting in a row for the one before would make the last wait for all of
// them.
const MAX_WAITS = 2;

/** No flights yet. */
export function createFlights<Value>(): Flights<Value> {
  type Entry = {
    readonly reply: Promise<Value | undefined>;
    readonly streaming: Promise<Streaming>;
    readonly join: () => void;
  };
  const flights = new Map<string, Entry>();

  function open(key: string): Flight<Value> {
    const [oldest] = flights.keys();
    if (flights.size >= MAX_FLIGHTS && oldest !== undefined) flights.delete(oldest);
    const { promise: reply, resolve } = Promise.withResolvers<Value | undefined>();
    const { promise: streaming, resolve: stream } = Promise.withResolvers<Streaming>();
    const actions: (() => void)[] = [];
    let joined = false;
    const entry = {
      reply,
      streaming,
      join: () => {
        joined = true;
        for (const action of actions.splice(0)) action();
      },
    };
    flights.set(key, entry);
    const end = (): void => {
      // Those set free look for a flight to join next, and must not find this one.
      if (flights.get(key) === entry) flights.delete(key);
      resolve(undefined); // without effect when a reply was shared
    };
    return {
      onJoin: (action) => {
        if (joined) action();
        else actions.push(action);
      },
      relay(kind) {
        const relay: Relay<unknown> = createRelay(() => stream({ kind, relay }));
        return relay;
      },
      share: (value) => (value === undefined ? end() : resolve(value)),
      end,
    };
  }

  return {
    async board(key, signal, kinds = []) {
      for (let waits = 0; ; waits++) {
        const entry = flights.get(key);
        if (!entry) return { flight: open(key) };
        if (waits === MAX_WAITS || signal?.aborted) return {};
        entry.join();
        const shared = entry.reply.then((value): Boarding<Value> | undefined =>
          value === undefined ? undefined : { shared: value },
        );
        // One that takes other pieces waits for the end.
        const followed = entry.streaming.then((streaming) =>
          kinds.includes(streaming.kind) ? { streaming } : shared,
        );
        const boarded = await unlessAborted(Promise.race([shared, followed]), signal);
        if (boarded) return boarded;
      }
    },
  };
}

// One model call for all identical requests over a cache, whichever wrapper they come through.
const flightsByCache = new WeakMap<object, Flights<unknown>>();

/** The flights over a cache. */
export function flightsOver<Value>(cache: object): Flights<Value> {
  const flights = (flightsByCache.get(cache) as Flights<Value> | undefined) ?? createFlights<Value>();
  flightsByCache.set(cache, flights as Flights<unknown>);
  return flights;
}

async function unlessAborted<Value>(
  promise: Promise<Value | undefined>,
  signal: AbortSignal | undefined,
): Promise<Value | undefined> {
  if (!signal) return promise;
  const { promise: aborted, resolve } = Promise.withResolvers<undefined>();
  const abort = (): void => resolve(undefined);
  signal.addEventListener("abort", abort, { once: true });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
