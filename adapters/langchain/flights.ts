/** Which requests in flight share one model call. */
import type { CacheRequest } from "reprise";

/** A model call under way whose reply others wait for. */
export interface Flight<Value> {
  /** What to do when the first one joins; called at once if someone has joined already. */
  onJoin(action: () => void): void;
  /** Hands the reply to those who wait; `undefined` frees them to ask for themselves. New requests may still join. */
  share(value: Value | undefined): void;
  /** Nobody can join any more; those who wait without a reply are set free. */
  end(): void;
}

/** The flights over one cache, by request. */
export interface Flights<Value> {
  /** The reply of an identical request in flight; `undefined` when there is none, it brought none, or `signal` aborts. */
  join(key: string, signal: AbortSignal | undefined): Promise<Value | undefined>;
  /** Opens a flight for others to join; `undefined` when there is one for this request already. */
  open(key: string): Flight<Value> | undefined;
}

// A caller may drop a stream without closing it; such flights must not pile up.
const MAX_FLIGHTS = 1_000;

/** No flights yet. */
export function createFlights<Value>(): Flights<Value> {
  const flights = new Map<string, { readonly reply: Promise<Value | undefined>; readonly joined: () => void }>();

  return {
    async join(key, signal) {
      const flight = flights.get(key);
      if (!flight || signal?.aborted) return undefined;
      flight.joined();
      return signal ? await unlessAborted(flight.reply, signal) : await flight.reply;
    },

    open(key) {
      if (flights.has(key)) return undefined;
      const [oldest] = flights.keys();
      if (flights.size >= MAX_FLIGHTS && oldest !== undefined) flights.delete(oldest);
      const { promise: reply, resolve } = Promise.withResolvers<Value | undefined>();
      const actions: (() => void)[] = [];
      let isJoined = false;
      const flight = {
        reply,
        joined: () => {
          isJoined = true;
          for (const action of actions.splice(0)) action();
        },
      };
      flights.set(key, flight);
      const end = (): void => {
        if (flights.get(key) === flight) flights.delete(key);
        resolve(undefined); // without effect when a reply was shared
      };
      const onJoin = (action: () => void): void => {
        if (isJoined) action();
        else actions.push(action);
      };
      return { onJoin, share: (value) => (value === undefined ? end() : resolve(value)), end };
    },
  };
}

// Whoever leaves goes on without a reply: the model call that follows rejects with the reason, as it would have.
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

/** A key equal for requests that would be the same call to the model. Tool-call ids are positions already. */
export function flightKey(request: CacheRequest): string {
  const { messages, scope, model, tools, settings } = request;
  return JSON.stringify([scope ?? null, model, tools ?? null, settings ?? null, messages]);
}
