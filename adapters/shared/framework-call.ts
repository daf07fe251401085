/** What an adapter tells of a call, and the request that is read from it. */
import {
  type BypassReason,
  type CacheRequest,
  type Explanation,
  explainBypass,
  type ReplyDetails,
  RepriseError,
} from "reprise";
import { Aside } from "./aside.js";
import type { Schemas } from "./fits.js";
import type { RepriseMetadata } from "./metadata.js";
import { type CommonSettings, type RepriseLike, readCallOptions } from "./options.js";
import type { Recorded, Recording } from "./record.js";

/** What a call asks, in the core's words, before options and scope come to it. */
export type Asked = Pick<CacheRequest, "messages" | "model" | "tools" | "settings">;

/** A reply that is known, for the framework to make its own of. */
export interface Known extends Pick<Recorded, "reply"> {
  readonly details: ReplyDetails;
  /**
   * A model gave this very reply to this very conversation: what belongs to it alone may come back with it.
   */
  readonly exact: boolean;
  readonly metadata: RepriseMetadata;
}

/** One call as its framework has it. What throws in here leads to the model. */
export interface FrameworkCall<Of, Outcome, Replay> {
  /** Of calls that take a stream: the kind of its pieces, one that no other framework has. */
  readonly pieces?: string | undefined;
  /** Other kinds that it can make its own of. */
  readonly piecesToo?: readonly string[] | undefined;
  /** The framework's name for the call, for the options that are functions of it. */
  readonly of: Of;
  /** Options of this call, not checked yet, and where they stand. */
  readonly given: unknown;
  readonly givenWhere: string;
  readonly signal: AbortSignal | undefined;
  /** What the framework's own run carries, for the checks of tools; the call's own `context` goes before it. */
  readonly context?: unknown;
  /** Throws `Aside` for a call that is not for the cache. */
  toRequest(): Asked;
  /** Asked after `toRequest`. */
  schemas(): Schemas;
  /** `undefined`: the reply holds what the framework has no word for. */
  toReplay(known: Known): Replay | undefined;
  toRecord(outcome: Outcome): Recording;
  /**
   * Asks the model in the background, outside of what the caller sees. `undefined`: it gave no single reply.
   */
  sample(signal: AbortSignal): Promise<Outcome | undefined>;
}

/**
 * The request for a call, what its checks are told, and what was passed over in its options. Throws `Aside` or
 * `RepriseError`.
 */
export function readCall<Of>(
  call: Pick<FrameworkCall<Of, never, never>, "of" | "given" | "givenWhere" | "toRequest" | "context">,
  settings: CommonSettings<Of>,
): { readonly request: CacheRequest; readonly context: unknown; readonly warnings: readonly string[] } {
  const { options, warnings } = readCallOptions(call.givenWhere, call.given);
  const scopes = [settings.scope(call.of), options.scope].filter((scope) => scope !== undefined);
  if (scopes.length === 0 && settings.requireScope) throw new Aside("unscoped");
  const bindings =
    settings.bindings && options.bindings
      ? { ...settings.bindings, ...options.bindings }
      : (options.bindings ?? settings.bindings);
  const { messages, model, tools, settings: asked } = call.toRequest();
  const toolVersion = options.toolVersion ?? settings.toolVersion;
  const request = {
    messages,
    model,
    ...(scopes.length > 0 && { scope: scopes.length === 2 ? JSON.stringify(scopes) : scopes[0] }),
    ...(tools !== undefined && { tools }),
    ...(asked !== undefined && { settings: asked }),
    ...(toolVersion !== undefined && { toolVersion }),
    ...(bindings && { bindings }),
    ...(options.read !== undefined && { read: options.read }),
    ...(options.write !== undefined && { write: options.write }),
    ...(options.induce !== undefined && { induce: options.induce }),
  };
  return { request, context: options.context ?? call.context, warnings };
}

/**
 * Why a call would be answered as it is. Throws `Aside` for one that is not for the cache, and a
 * `RepriseError` for one whose options are wrong, or where the cache explains nothing.
 */
export function explained<Of>(
  cache: RepriseLike,
  call: Pick<FrameworkCall<Of, never, never>, "of" | "given" | "givenWhere" | "toRequest">,
  settings: CommonSettings<Of>,
): Explanation {
  if (!cache.explain)
    throw new RepriseError("BAD_OPTION", "explainCall: the cache must be one made by createCache");
  let request: CacheRequest;
  try {
    ({ request } = readCall(call, settings));
  } catch (error) {
    if (error instanceof Aside) return explainBypass(error.reason);
    throw error;
  }
  return cache.explain(request);
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
