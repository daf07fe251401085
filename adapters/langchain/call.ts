/** A call to a chat model of LangChain, as the passage through the cache asks for it. */
import type { BaseMessage } from "@langchain/core/messages";
import { Aside } from "../shared/aside.js";
import type { Asked, FrameworkCall } from "../shared/framework-call.js";
import { refuseServerState } from "../shared/server-state.js";
import { type Replay, toReplay } from "./from-core.js";
import { GIVEN_WHERE, type ScopeConfig, type Settings } from "./options.js";
import { NotPlain } from "./plain.js";
import { type Outcome, toRecord } from "./record.js";
import { schemasOf } from "./schemas.js";
import { type CallFacts, type CallScope, callScope } from "./scope.js";
import { toMessages } from "./to-core.js";

/** One call to a model, before it is made. */
export interface Call {
  readonly messages: readonly BaseMessage[];
  /** What is known of the call beside its messages. May throw: then the call goes to the model. */
  facts(): Omit<CallFacts, "named">;
  /** The run's config. */
  readonly config: ScopeConfig;
  /** Options of this call, not yet checked. */
  readonly callOptions: unknown;
  readonly signal?: AbortSignal | undefined;
  /** Of calls that take a stream: the kind of its pieces. */
  readonly pieces?: string | undefined;
  /** Other kinds that it can make its own of. */
  readonly piecesToo?: readonly string[] | undefined;
  /** Asks the model in the background, outside of the run. */
  sample?(signal: AbortSignal): Promise<Outcome | undefined>;
}

/** A call for the passage. */
export type LangChainCall = FrameworkCall<ScopeConfig, Outcome, Replay>;

/** The call for the passage. */
export function toCall(call: Call, settings: Settings): LangChainCall {
  let read: CallScope | undefined;
  const scope = (): CallScope => {
    read ??= callScope({ ...call.facts(), named: settings.model });
    return read;
  };
  return {
    of: call.config,
    pieces: call.pieces,
    piecesToo: call.piecesToo,
    given: call.callOptions,
    givenWhere: GIVEN_WHERE,
    signal: call.signal,
    context: call.config.context,
    toRequest: () => asking(call.messages, scope),
    schemas: () => schemasOf(scope()),
    toReplay: (known) => toReplay(known, scope().names, scope().provider),
    toRecord: (outcome) => toRecord(outcome, scope().names),
    sample: async (signal) => call.sample?.(signal),
  };
}

function asking(messages: readonly BaseMessage[], scope: () => CallScope): Asked {
  try {
    const { names, model, tools, settings } = scope();
    refuseServerState(settings);
    return { messages: toMessages(messages, names), model, tools, settings };
  } catch (error) {
    throw error instanceof NotPlain ? new Aside("invalid") : error;
  }
}
