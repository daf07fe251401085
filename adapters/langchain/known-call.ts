/** A call that was read, for the ways in that hear of its start and its end apart. */
import type { CacheRequest } from "reprise";
import { readCall } from "../shared/framework-call.js";
import { type Call, type LangChainCall, toCall } from "./call.js";
import type { Settings } from "./options.js";

/** A call as the cache knows it. */
export interface KnownCall {
  readonly request: CacheRequest;
  readonly call: LangChainCall;
}

/** Reads a call. Throws `Aside` or a `RepriseError` for one that is not for the cache. */
export function readKnown(call: Call, settings: Settings): KnownCall {
  const made = toCall(call, settings);
  return { request: readCall(made, settings).request, call: made };
}
