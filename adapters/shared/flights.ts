/** Which requests in flight share one model call. */

/** A model call under way whose reply others wait for. */
export interface Flight<Value> {
  /** What to do when the first one joins; called at once if someone has joined already. */
  onJoin(action: () => void): void;
  /** Hands the reply to those who wait; `undefined` frees them to ask for themselves. New requests may still join. */
  share(value: Value | undefined): void;
  /** Nobody can join any more; those who wait without a reply are set free. */
  end(): void;
}

/** How a request goes on: with a reply shared by another, leading a flight of its own, or (neither) alone. */
export type Boarding<Value> = { readonly shared?: Value; readonly flight?: Flight<Value> };

/** The flights over one cache or one middleware, by request. */
export interface Flights<Value> {
  /**
   * Waits for the reply of an identical request in flight; where there is none, opens a flight for others to join. Who
   * stops waiting because `signal` aborts goes on alone. Never rejects.
   */
  board(key: string, signal: AbortSignal | undefined): Promise<Boarding<Value>>;
}

// A caller may stop reading a stream and never say so; such flights must not pile up.
const MAX_FLIGHTS = 1_000;
// When the model is down, everyone waiting in a row for the one before would make the last wait for all of them.
const MAX_WAITS = 2;

/** No flights yet. */
export function createFlights<Value>(): Flights<Value> {
  const flights = new Map<string, { readonly reply: Promise<Value | undefined>; readonly join: () => void }>();

  function open(key: string): Flight<Value> {
    const [oldest] = flights.keys();
    if (flights.size >= MAX_FLIGHTS && oldest !== undefined) flights.delete(oldest);
    const { promise: reply, resolve } = Promise.withResolvers<Value | undefined>();
    const actions: (() => void)[] = [];
    let joined = false;
    const entry = {
      reply,
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
      share: (value) => (value === undefined ? end() : resolve(value)),
      end,
    };
  }

  return {
    async board(key, signal) {
      for (let waits = 0; ; waits++) {
        const entry = flights.get(key);
        if (!entry) return { flight: open(key) };
        if (waits === MAX_WAITS || signal?.aborted) return {};
        entry.join();
        const shared = signal ? await unlessAborted(entry.reply, signal) : await entry.reply;
        if (shared !== undefined) return { shared };
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

async function unlessAborted<Value>(promise: Promise<Value | undefined>, signal: AbortSignal): Promise<Value | undefined> {
  const { promise: aborted, resolve } = Promise.withResolvers<undefined>();
  const abort = (): void => resolve(undefined);
  signal.addEventListener("abort", abort, { once: true });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
