/** The way of one call through the cache: to a known reply, to another call's reply, or to the model. */
import {
  type BypassReason,
  type CacheRequest,
  type Explanation,
  explainBypass,
  type Hit,
  type RefusalReason,
  type ReplyDetails,
  RepriseError,
} from "reprise";
import { Aside } from "./aside.js";
import { auditsOf } from "./audits.js";
import { withDeadline } from "./deadline.js";
import { fits, type Schemas } from "./fits.js";
import { type Flight, flightsOver } from "./flights.js";
import { bypassed, type RepriseMetadata, shared as sharedMetadata, toMetadata, withId, withWarnings } from "./metadata.js";
import { type CommonSettings, type RepriseLike, readCallOptions } from "./options.js";
import type { Recorded, Recording } from "./record.js";
import type { Relay } from "./relay.js";
import { requestKey } from "./request-key.js";
import { sameReply } from "./same-reply.js";

/** What a call asks, in the core's words, before options and scope come to it. */
export type Asked = Pick<CacheRequest, "messages" | "model" | "tools" | "settings">;

/** A reply that is known, for the framework to make its own of. */
export interface Known extends Pick<Recorded, "reply"> {
  readonly details: ReplyDetails;
  /** A model gave this very reply to this very conversation: what belongs to it alone may come back with it. */
  readonly exact: boolean;
  readonly metadata: RepriseMetadata;
}

/** One call as its framework has it. What throws in here leads to the model. */
export interface FrameworkCall<Of, Outcome, Replay> {
  /** Of calls that take a stream: the kind of its pieces, one that no other framework has. */
  readonly pieces?: string | undefined;
  /** The framework's name for the call, for the options that are functions of it. */
  readonly of: Of;
  /** Options of this call, not checked yet, and where they stand. */
  readonly given: unknown;
  readonly givenWhere: string;
  readonly signal: AbortSignal | undefined;
  /** Throws `Aside` for a call that is not for the cache. */
  toRequest(): Asked;
  /** Asked after `toRequest`. */
  schemas(): Schemas;
  /** `undefined`: the reply holds what the framework has no word for. */
  toReplay(known: Known): Replay | undefined;
  toRecord(outcome: Outcome): Recording;
  /** Asks the model in the background, outside of what the caller sees. `undefined`: it gave no single reply. */
  sample(signal: AbortSignal): Promise<Outcome | undefined>;
}

/** What to do with a call. */
export type Passage<Outcome, Replay> =
  | { readonly to: "replay"; readonly replay: Replay }
  /** An identical request is being answered by a stream: here are its pieces, as they come. */
  | { readonly to: "follow"; readonly relay: Relay<unknown> }
  | ToModel<Outcome>;

/** The model is to be asked, and the cache told what became of it. */
export interface ToModel<Outcome> {
  readonly to: "model";
  readonly metadata: RepriseMetadata;
  /** What the caller should hear about the call's options. */
  readonly warnings: readonly string[];
  /**
   * The model answered in full; `outcome` puts its answer together. Resolves when it is recorded, or to the reason why it is
   * not. Never rejects.
   */
  answered(outcome: () => Outcome | undefined | Promise<Outcome | undefined>): Promise<RefusalReason | undefined>;
  /** The model failed, or the caller left: nothing is learned, whoever waits is set free. */
  failed(): void;
  /** What to do when an identical request waits for this one's reply. */
  onJoin(action: () => void): void;
  /** Where the pieces of a stream go, so that others can follow it. */
  relay(): Relay<unknown> | undefined;
}

/** The request for a call, and what was passed over in its options. Throws `Aside` or `RepriseError`. */
export function readCall<Of>(
  call: Pick<FrameworkCall<Of, never, never>, "of" | "given" | "givenWhere" | "toRequest">,
  settings: CommonSettings<Of>,
): { readonly request: CacheRequest; readonly warnings: readonly string[] } {
  const { options, warnings } = readCallOptions(call.givenWhere, call.given);
  const scopes = [settings.scope(call.of), options.scope].filter((scope) => scope !== undefined);
  if (scopes.length === 0 && settings.requireScope) throw new Aside("unscoped");
  const bindings =
    settings.bindings && options.bindings ? { ...settings.bindings, ...options.bindings } : (options.bindings ?? settings.bindings);
  const { messages, model, tools, settings: asked } = call.toRequest();
  const request = {
    messages,
    model,
    ...(scopes.length > 0 && { scope: scopes.length === 2 ? JSON.stringify(scopes) : scopes[0] }),
    ...(tools !== undefined && { tools }),
    ...(asked !== undefined && { settings: asked }),
    ...(bindings && { bindings }),
    ...(options.read !== undefined && { read: options.read }),
    ...(options.write !== undefined && { write: options.write }),
    ...(options.induce !== undefined && { induce: options.induce }),
  };
  return { request, warnings };
}

/**
 * Why a call would be answered as it is. Throws `Aside` for one that is not for the cache, and a `RepriseError` for one whose
 * options are wrong, or where the cache explains nothing.
 */
export function explained<Of>(
  cache: RepriseLike,
  call: Pick<FrameworkCall<Of, never, never>, "of" | "given" | "givenWhere" | "toRequest">,
  settings: CommonSettings<Of>,
): Explanation {
  if (!cache.explain) throw new RepriseError("BAD_OPTION", "explainCall: the cache must be one made by createCache");
  let request: CacheRequest;
  try {
    ({ request } = readCall(call, settings));
  } catch (error) {
    if (error instanceof Aside) return explainBypass(error.reason);
    throw error;
  }
  return cache.explain(request);
}

/** What the cache said to a request. */
export interface Looked<Replay> {
  readonly metadata: RepriseMetadata;
  readonly replay?: Replay;
  /** The hit is to be checked against the model. */
  readonly audit?: true;
  /** In shadow mode: the hit that is not served. */
  readonly unserved?: Hit;
}

/** Asks the cache for a replay. Never rejects: `metadata` says why there is none. */
export async function look<Of, Replay>(
  cache: RepriseLike,
  request: CacheRequest,
  how: {
    readonly call: Pick<FrameworkCall<Of, never, Replay>, "schemas" | "toReplay">;
    readonly settings: CommonSettings<Of>;
    /** Under which the answer is spoken of later. */
    readonly id?: string;
    /** For the caller of a hit to read. */
    readonly warnings?: readonly string[];
  },
): Promise<Looked<Replay>> {
  const { call, settings, id, warnings = [] } = how;
  let replay: Replay | undefined;
  let unserved: Hit | undefined;
  const accept = (hit: Hit) => {
    if (!fits(hit.reply, call.schemas(), hit.match === "template")) return "format";
    const { reply, finishReason, notes, saved: usage } = hit;
    replay = call.toReplay({
      reply,
      details: { finishReason, notes, usage },
      exact: hit.match === "exact",
      metadata: withWarnings(toMetadata(hit), warnings),
    });
    if (replay === undefined) return "foreign";
    if (settings.mode === "serve") return undefined;
    unserved = hit;
    return "shadow";
  };
  try {
    const answer = await cache.lookup(request, { accept, ...(id !== undefined && { id }) });
    if (answer.status !== "hit") return { metadata: toMetadata(answer, unserved), ...(unserved && { unserved }) };
    // A cache that does not ask `accept` is asked here.
    const refusal = replay === undefined ? accept(answer) : undefined;
    if (refusal === "shadow") return { metadata: toMetadata({ status: "bypass", reason: refusal }, answer), unserved: answer };
    if (refusal) return { metadata: toMetadata({ status: "miss", reason: refusal, depth: request.messages.length }) };
    return { metadata: toMetadata(answer), replay: replay as Replay, ...(answer.audit && { audit: true }) };
  } catch (error) {
    settings.onFault(error);
    return { metadata: bypassed("fault") };
  }
}

/** Finds the way of a call. Never rejects: whatever fails in here, the way leads to the model. */
export async function passage<Of, Outcome, Replay>(
  cache: RepriseLike,
  call: FrameworkCall<Of, Outcome, Replay>,
  settings: CommonSettings<Of>,
): Promise<Passage<Outcome, Replay>> {
  const id = crypto.randomUUID();
  let read: ReturnType<typeof readCall>;
  try {
    read = readCall(call, settings);
  } catch (error) {
    return turnedAway(cache, error, { settings, id });
  }
  const { request, warnings } = read;
  const { replay, metadata, audit, unserved } = await look(cache, request, { call, settings, id, warnings });
  if (replay !== undefined) {
    if (audit && !call.signal?.aborted) auditsOf(cache).add(examine, settings.onFault);
    return { to: "replay", replay };
  }

  let flight: Flight<Recorded> | undefined;
  // Who asks for another sample, or wants nothing kept, shares with nobody.
  if (settings.coalesce && metadata.status === "miss" && request.write !== false) {
    try {
      const boarded = await flightsOver<Recorded>(cache).board(requestKey(request), call.signal, call.pieces);
      flight = boarded.flight;
      const { shared, relay } = boarded;
      if (relay) return { to: "follow", relay };
      const known = shared && { ...shared, exact: true, metadata: sharedMetadata(shared.details) };
      const replay = known && call.toReplay(known);
      if (replay !== undefined) return { to: "replay", replay };
    } catch (error) {
      settings.onFault(error);
    }
  }

  return {
    to: "model",
    metadata: withWarnings(metadata.reason === "fault" ? metadata : withId(metadata, id), warnings),
    warnings,
    answered: keep,
    failed: () => flight?.end(),
    onJoin: (action) => flight?.onJoin(action),
    relay: () => (call.pieces === undefined ? undefined : flight?.relay(call.pieces)),
  };

  async function examine(signal: AbortSignal): Promise<void> {
    const outcome = await call.sample(signal);
    const recorded = outcome === undefined ? undefined : judged(call.toRecord(outcome));
    if (isRecorded(recorded)) await cache.observe(request, recorded.reply, recorded.details);
  }

  async function keep(outcome: () => Outcome | undefined | Promise<Outcome | undefined>): Promise<RefusalReason | undefined> {
    let refused: RefusalReason | undefined;
    try {
      const whole = await outcome();
      const recording = whole === undefined ? "broken-off" : judged(call.toRecord(whole));
      const recorded = isRecorded(recording) ? named(recording) : undefined;
      flight?.share(recorded);
      if (unserved) cache.report?.({ compared: recorded && sameReply(unserved.reply, recorded.reply) ? "agreed" : "differed" });
      // Until the cache has it, later requests still join.
      if (recorded) {
        const onRefused = (reason: RefusalReason): void => {
          refused = reason;
        };
        await withDeadline(cache.observe(request, recorded.reply, { ...recorded.details, onRefused }));
      } else if (typeof recording === "string") {
        refused = request.write === false ? "write-off" : recording;
        if (request.write !== false) cache.report?.({ refusal: recording, answer: id });
      }
    } catch (error) {
      settings.onFault(error);
    } finally {
      flight?.end();
    }
    return refused;
  }

  function named({ reply, details }: Recorded): Recorded {
    return { reply, details: { ...details, answer: id } };
  }

  // What would not be served must not be kept.
  function judged(recording: Recording): Recording {
    return isRecorded(recording) && !fits(recording.reply, call.schemas(), false) ? "format" : recording;
  }
}

function isRecorded(recording: Recording | undefined): recording is Recorded {
  return typeof recording === "object";
}

/** Tells the cache of a call that `readCall` has thrown this for, and gives the reason. Never throws. */
export function tellAside<Of>(
  cache: RepriseLike,
  error: unknown,
  { settings, id: answer }: { readonly settings: CommonSettings<Of>; readonly id?: string },
): BypassReason {
  const reason = error instanceof Aside ? error.reason : RepriseError.isInstance(error) ? "invalid" : "fault";
  try {
    cache.report?.({ bypass: reason, answer });
  } catch {}
  if (!(error instanceof Aside)) settings.onFault(error);
  return reason;
}

/** The way of a call that is not for the cache, or could not be read. */
function turnedAway<Of, Outcome>(
  cache: RepriseLike,
  error: unknown,
  how: { readonly settings: CommonSettings<Of>; readonly id: string },
): ToModel<Outcome> {
  const nothing = (): void => undefined;
  const warnings = RepriseError.isInstance(error) ? [error.message] : [];
  const told = withWarnings(bypassed(tellAside(cache, error, how)), warnings);
  return {
    to: "model",
    metadata: error instanceof Aside ? withId(told, how.id) : told,
    warnings,
    answered: () => Promise.resolve(undefined),
    failed: nothing,
    onJoin: nothing,
    relay: () => undefined,
  };
}
