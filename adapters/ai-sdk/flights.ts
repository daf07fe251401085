/** Which requests in flight share one model call. */

/** A model call under way whose reply others wait for. */
export interface Flight<Value> {
  /** What to do when the first one joins; called at once if someone has joined already. */
  onJoin(action: () => void): void;
  /** Hands the reply to those who wait; `undefined` frees them to ask for themselves. New requests may still join. */
  share(value: Value | undefined): void;
  /** Nobody can join any more. */
  end(): void;
}

/** The flights of one middleware, by request. */
export interface Flights<Value> {
  /**
   * Waits for the reply of an identical request. `undefined` when there is none in flight, or those there were brought
   * nothing to share. Rejects when `signal` aborts.
   */
  join(key: string, signal: AbortSignal | undefined): Promise<Value | undefined>;
  /** Opens a flight for others to join; `undefined` when there is one for this request already. */
  open(key: string): Flight<Value> | undefined;
}

// A caller may stop reading a stream and never say so; such flights must not pile up.
const MAX_FLIGHTS = 1_000;
// When the model is down, everyone waiting in a row for the one before would make the last wait for all of them.
const MAX_WAITS = 2;

/** No flights yet. */
export function createFlights<Value>(): Flights<Value> {
  const flights = new Map<string, { readonly reply: Promise<Value | undefined>; readonly joined: () => void }>();

  return {
    async join(key, signal) {
      for (let waits = 0; waits < MAX_WAITS; waits++) {
        const flight = flights.get(key);
        if (!flight) return undefined;
        flight.joined();
        const value = await unlessAborted(flight.reply, signal);
        if (value !== undefined) return value;
      }
      return undefined;
    },

    open(key) {
      if (flights.has(key)) return undefined;
      const [oldest] = flights.keys();
      if (flights.size >= MAX_FLIGHTS && oldest !== undefined) flights.delete(oldest);
      const { promise: reply, resolve } = Promise.withResolvers<Value | undefined>();
      const actions: (() => void)[] = [];
      let joined = false;
      const flight = {
        reply,
        joined: () => {
          joined = true;
          for (const action of actions.splice(0)) action();
        },
      };
      flights.set(key, flight);
      const end = (): void => {
        if (flights.get(key) === flight) flights.delete(key);
      };
      return {
        onJoin: (action) => {
          if (joined) action();
          else actions.push(action);
        },
        share: (value) => {
          // Those set free look for a flight to join next, and must not find this one.
          if (value === undefined) end();
          resolve(value);
        },
        end,
      };
    },
  };
}

async function unlessAborted<Value>(promise: Promise<Value>, signal: AbortSignal | undefined): Promise<Value> {
  if (!signal) return promise;
  signal.throwIfAborted();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = (): void => reject(signal.reason);
  signal.addEventListener("abort", abort);
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
