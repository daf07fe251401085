/** The way of one call through the cache: to a known reply, to another call's reply, or to the model. */
import type { BaseMessage } from "@langchain/core/messages";
import type { Answer, CacheRequest, Reply, ReplyDetails } from "reprise";
import { fitsRequest } from "./fits.js";
import { createFlights, type Flight, type Flights, flightKey } from "./flights.js";
import { type Replay, toReplay } from "./from-core.js";
import { type RepriseMetadata, refused, shared, toMetadata } from "./metadata.js";
import { type RepriseCallOptions, type RepriseLike, readCallOptions, type Settings } from "./options.js";
import { NotPlain } from "./plain.js";
import { type Outcome, toRecord } from "./record.js";
import { type CallFacts, type CallScope, callScope } from "./scope.js";
import { toMessages } from "./to-core.js";

/** One call to a model, before it is made. */
export interface Call {
  readonly messages: readonly BaseMessage[];
  /** What is known of the call beside its messages. May throw: then the call goes to the model. */
  facts(): Omit<CallFacts, "named">;
  /** Options of this call, not yet checked. */
  readonly callOptions: unknown;
  readonly signal?: AbortSignal | undefined;
}

/** What to do with a call. */
export type Passage =
  | { readonly to: "replay"; readonly replay: Replay }
  | {
      readonly to: "model";
      readonly metadata: RepriseMetadata;
      /** The model answered in full; `outcome` puts its answer together. Never throws. */
      answered(outcome: () => Outcome | undefined | Promise<Outcome | undefined>): void;
      /** The model failed, or the caller left: nothing is learned, whoever waits is set free. */
      failed(): void;
    };

/** A call as the cache knows it. */
export interface KnownCall {
  readonly request: CacheRequest;
  readonly scope: CallScope;
  readonly options: RepriseCallOptions;
}

/** The request for a call. Throws `NotPlain` or a `RepriseError` for a call that is not for the cache. */
export function toKnownCall(call: Call, settings: Settings): KnownCall {
  const options = readCallOptions(call.callOptions);
  const scope = callScope({ ...call.facts(), named: settings.model });
  const scopes = [settings.scope, options.scope].filter((name) => name !== undefined);
  const bindings =
    settings.bindings && options.bindings ? { ...settings.bindings, ...options.bindings } : (options.bindings ?? settings.bindings);
  const request = {
    messages: toMessages(call.messages, scope.names),
    model: scope.model,
    ...(scopes.length > 0 && { scope: scopes.length === 2 ? JSON.stringify(scopes) : scopes[0] }),
    ...(scope.tools && { tools: scope.tools }),
    ...(scope.settings && { settings: scope.settings }),
    ...(bindings && { bindings }),
    ...(options.read !== undefined && { read: options.read }),
    ...(options.write !== undefined && { write: options.write }),
    ...(options.induce !== undefined && { induce: options.induce }),
  };
  return { request, scope, options };
}

/** Asks the cache for a replay. Never rejects: `metadata` says why there is none. */
export async function ask(
  cache: RepriseLike,
  { request, scope }: KnownCall,
  settings: Settings,
): Promise<{ readonly metadata: RepriseMetadata; readonly replay?: Replay }> {
  let answer: Answer;
  try {
    answer = await cache.lookup(request);
    if (answer.status !== "hit") return { metadata: toMetadata(answer) };
    if (!fitsRequest(answer.reply, scope)) return { metadata: refused("format") };
    const metadata = toMetadata(answer);
    const replay = toReplay({ reply: answer.reply, finishReason: answer.finishReason, metadata }, scope.names);
    return replay ? { metadata, replay } : { metadata: refused("foreign") };
  } catch (error) {
    settings.onFault(error);
    return { metadata: toMetadata({ status: "bypass", reason: "fault" }) };
  }
}

type Shared = { readonly reply: Reply; readonly details: ReplyDetails };

// One model call for all identical requests over a cache, whichever wrapper they come through.
const flightsOver = new WeakMap<RepriseLike, Flights<Shared>>();

function flightsOf(cache: RepriseLike): Flights<Shared> {
  let flights = flightsOver.get(cache);
  if (!flights) {
    flights = createFlights();
    flightsOver.set(cache, flights);
  }
  return flights;
}

/** Finds the way of a call. Never rejects: whatever fails in here, the way leads to the model. */
export async function passage(cache: RepriseLike, call: Call, settings: Settings): Promise<Passage> {
  let known: KnownCall;
  try {
    known = toKnownCall(call, settings);
  } catch (error) {
    settings.onFault(error);
    return aside(error instanceof NotPlain ? "invalid" : "fault");
  }
  const { request, scope, options } = known;
  const { replay, metadata } = await ask(cache, known, settings);
  if (replay) return { to: "replay", replay };

  let flight: Flight<Shared> | undefined;
  if (settings.coalesce && options.read !== false) {
    try {
      const flights = flightsOf(cache);
      const key = flightKey(request);
      const found = await flights.join(key, call.signal);
      const replay =
        found && toReplay({ ...found, finishReason: found.details.finishReason, metadata: shared(found.details.usage) }, scope.names);
      if (replay) return { to: "replay", replay };
      flight = flights.open(key);
    } catch (error) {
      settings.onFault(error);
    }
  }

  return {
    to: "model",
    metadata,
    answered: (outcome) => void keep(outcome),
    failed: () => flight?.end(),
  };

  async function keep(outcome: () => Outcome | undefined | Promise<Outcome | undefined>): Promise<void> {
    try {
      const whole = await outcome();
      const recorded = whole && toRecord(whole, scope);
      flight?.share(recorded);
      // Until the cache has it, later requests still join.
      if (recorded) await cache.observe(request, recorded.reply, recorded.details);
    } catch (error) {
      settings.onFault(error);
    } finally {
      flight?.end();
    }
  }
}

function aside(reason: "invalid" | "fault"): Passage {
  return { to: "model", metadata: toMetadata({ status: "bypass", reason }), answered: () => undefined, failed: () => undefined };
}
