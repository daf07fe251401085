/** The way of one call through the cache: to a known reply, to another call's reply, or to the model. */
import { type RefusalReason, type Reply, RepriseError } from "reprise";
import { Aside } from "./aside.js";
import { auditsOf } from "./audits.js";
import { withDeadline } from "./deadline.js";
import { fits } from "./fits.js";
import { type Flight, flightsOver } from "./flights.js";
import { type FrameworkCall, readCall, tellAside } from "./framework-call.js";
import { look } from "./look.js";
import {
  bypassed,
  type RepriseMetadata,
  shared as sharedMetadata,
  withId,
  withWarnings,
} from "./metadata.js";
import type { CommonSettings, RepriseLike } from "./options.js";
import type { Recorded, Recording } from "./record.js";
import type { Relay } from "./relay.js";
import { requestKey } from "./request-key.js";
import { sameReply } from "./same-reply.js";

/** What to do with a call. */
export type Passage<Outcome, Replay> =
  | { readonly to: "replay"; readonly replay: Replay }
  /** An identical request is being answered by a stream: here are its pieces, as they come. */
  | { readonly to: "follow"; readonly relay: Relay<unknown>; readonly pieces: string }
  | ToModel<Outcome>;

/** The model is to be asked, and the cache told what became of it. */
export interface ToModel<Outcome> {
  readonly to: "model";
  readonly metadata: RepriseMetadata;
  /** What the caller should hear about the call's options. */
  readonly warnings: readonly string[];
  /**
   * The model answered in full; `outcome` puts its answer together. Resolves when it is recorded, or to the
   * reason why it is not. Never rejects.
   */
  answered(
    outcome: () => Outcome | undefined | Promise<Outcome | undefined>,
  ): Promise<RefusalReason | undefined>;
  /**
   * The model calls a tool, before its reply is whole: waits for the checks to look, where there is one.
   * Never rejects.
   */
  calls(tool: string, args: string): Promise<void> | undefined;
  /** The model failed, or the caller left: nothing is learned, whoever waits is set free. */
  failed(): void;
  /** What to do when an identical request waits for this one's reply. */
  onJoin(action: () => void): void;
  /** Where the pieces of a stream go, so that others can follow it. */
  relay(): Relay<unknown> | undefined;
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
  const { request, context, warnings } = read;
  const { replay, metadata, audit, unserved } = await look(cache, request, {
    call,
    settings,
    id,
    context,
    warnings,
  });
  if (replay !== undefined) {
    if (audit && !call.signal?.aborted) auditsOf(cache).add(examine, settings.onFault);
    return { to: "replay", replay };
  }

  let flight: Flight<Recorded> | undefined;
  // Who asks for another sample, wants nothing kept, or works in a world of its own, shares with nobody.
  const isOwn = cache.hasChecks === true && context !== undefined;
  if (settings.coalesce && !isOwn && metadata.status === "miss" && request.write !== false) {
    try {
      const boarded = await flightsOver<Recorded>(cache).board(
        requestKey(request),
        call.signal,
        takenBy(call),
      );
      flight = boarded.flight;
      const { shared, streaming } = boarded;
      if (streaming) return { to: "follow", relay: streaming.relay, pieces: streaming.kind };
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
    calls: (tool, args) =>
      captured({ role: "assistant", tool_calls: [{ function: { name: tool, arguments: args } }] }),
    failed: () => flight?.end(),
    onJoin: (action) => flight?.onJoin(action),
    relay: () => (call.pieces === undefined ? undefined : flight?.relay(call.pieces)),
  };

  function captured(reply: Reply): Promise<void> | undefined {
    try {
      return cache.capture?.(request, reply, { answer: id, context });
    } catch (error) {
      settings.onFault(error);
      return undefined;
    }
  }

  async function examine(signal: AbortSignal): Promise<void> {
    const outcome = await call.sample(signal);
    const recorded = outcome === undefined ? undefined : judged(call.toRecord(outcome));
    if (isRecorded(recorded))
      await cache.observe(request, recorded.reply, { ...recorded.details, late: true });
  }

  async function keep(
    outcome: () => Outcome | undefined | Promise<Outcome | undefined>,
  ): Promise<RefusalReason | undefined> {
    let refused: RefusalReason | undefined;
    try {
      const whole = await outcome();
      const recording = whole === undefined ? "broken-off" : judged(call.toRecord(whole));
      const recorded = isRecorded(recording) ? named(recording) : undefined;
      // Before anybody has the reply, and calls its tools.
      if (recorded) await captured(recorded.reply);
      flight?.share(recorded);
      if (unserved)
        cache.report?.({
          compared: recorded && sameReply(unserved.reply, recorded.reply) ? "agreed" : "differed",
        });
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
    return { reply, details: { ...details, answer: id, context } };
  }

  // What would not be served must not be kept.
  function judged(recording: Recording): Recording {
    return isRecorded(recording) && !fits(recording.reply, call.schemas(), false) ? "format" : recording;
  }
}

function takenBy({
  pieces,
  piecesToo = [],
}: Pick<FrameworkCall<never, never, never>, "pieces" | "piecesToo">): readonly string[] {
  return pieces === undefined ? [] : [pieces, ...piecesToo];
}

function isRecorded(recording: Recording | undefined): recording is Recorded {
  return typeof recording === "object";
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
    calls: () => undefined,
    failed: nothing,
    onJoin: nothing,
    relay: () => undefined,
  };
}
