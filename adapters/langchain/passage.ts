/** The way of one call through the cache: to a known reply, to another call's reply, or to the model. */
import type { BaseMessage } from "@langchain/core/messages";
import { type Answer, type CacheRequest, type Reply, type ReplyDetails, RepriseError } from "reprise";
import { auditsOf } from "../shared/audits.js";
import { withDeadline } from "../shared/deadline.js";
import { createFlights, type Flight, type Flights } from "../shared/flights.js";
import { type RepriseMetadata, refused, shared, toMetadata } from "../shared/metadata.js";
import type { RepriseCallOptions } from "../shared/options.js";
import { fitsRequest } from "./fits.js";
import { flightKey } from "./flight-key.js";
import { type Replay, toReplay } from "./from-core.js";
import { type RepriseLike, readCallOptions, type Settings } from "./options.js";
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
  /** Asks the model in the background, outside of the run. */
  sample(signal: AbortSignal): Promise<Outcome | undefined>;
}

/** What to do with a call. */
export type Passage =
  | { readonly to: "replay"; readonly replay: Replay }
  | {
      readonly to: "model";
      readonly metadata: RepriseMetadata;
      /** The model answered in full; `outcome` puts its answer together. Resolves when it is recorded. Never rejects. */
      answered(outcome: () => Outcome | undefined | Promise<Outcome | undefined>): Promise<void>;
      /** The model failed, or the caller left: nothing is learned, whoever waits is set free. */
      failed(): void;
      /** What to do when an identical request waits for this one's reply. */
      onJoin(action: () => void): void;
    };

/** A call as the cache knows it. */
export interface KnownCall {
  readonly request: CacheRequest;
  readonly scope: CallScope;
  readonly options: RepriseCallOptions;
}

/** The request for a call. Throws `NotPlain` or a `RepriseError` for a call that is not for the cache. */
export function toKnownCall(call: Omit<Call, "sample">, settings: Settings): KnownCall {
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
): Promise<{ readonly metadata: RepriseMetadata; readonly replay?: Replay; readonly audit?: true }> {
  let answer: Answer;
  try {
    answer = await cache.lookup(request);
    if (answer.status !== "hit") return { metadata: toMetadata(answer) };
    if (!fitsRequest(answer.reply, scope)) return { metadata: refused("format") };
    const metadata = toMetadata(answer);
    const replay = toReplay({ reply: answer.reply, finishReason: answer.finishReason, metadata }, scope.names);
    if (!replay) return { metadata: refused("foreign") };
    return { metadata, replay, ...(answer.audit && { audit: true }) };
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
    return aside(error instanceof NotPlain || RepriseError.isInstance(error) ? "invalid" : "fault");
  }
  const { request, scope, options } = known;
  const { replay, metadata, audit } = await ask(cache, known, settings);
  if (replay) {
    if (audit && !call.signal?.aborted) auditsOf(cache).add(examine, settings.onFault);
    return { to: "replay", replay };
  }

  let flight: Flight<Shared> | undefined;
  if (settings.coalesce && options.read !== false && options.write !== false) {
    try {
      const boarded = await flightsOf(cache).board(flightKey(request), call.signal);
      flight = boarded.flight;
      const { shared: found } = boarded;
      const replay =
        found && toReplay({ ...found, finishReason: found.details.finishReason, metadata: shared(found.details.usage) }, scope.names);
      if (replay) return { to: "replay", replay };
    } catch (error) {
      settings.onFault(error);
    }
  }

  return {
    to: "model",
    metadata,
    answered: keep,
    failed: () => flight?.end(),
    onJoin: (action) => flight?.onJoin(action),
  };

  async function examine(signal: AbortSignal): Promise<void> {
    const outcome = await call.sample(signal);
    const recorded = outcome && toRecord(outcome, scope);
    if (recorded) await cache.observe(request, recorded.reply, recorded.details);
  }

  async function keep(outcome: () => Outcome | undefined | Promise<Outcome | undefined>): Promise<void> {
    try {
      const whole = await outcome();
      const recorded = whole && toRecord(whole, scope);
      flight?.share(recorded);
      // Until the cache has it, later requests still join.
      if (recorded) await withDeadline(cache.observe(request, recorded.reply, recorded.details));
    } catch (error) {
      settings.onFault(error);
    } finally {
      flight?.end();
    }
  }
}

function aside(reason: "invalid" | "fault"): Passage {
  const nothing = (): void => undefined;
  return {
    to: "model",
    metadata: toMetadata({ status: "bypass", reason }),
    answered: () => Promise.resolve(),
    failed: nothing,
    onJoin: nothing,
  };
}
