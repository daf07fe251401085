/** Anthropic's Messages API, as one more API that the fetch and the proxy read. */
import type { Api } from "../openai/api.js";
import { toEvents } from "./events.js";
import { toReply } from "./from-core.js";
import { gather } from "./gather.js";
import { toRecord } from "./record.js";
import { note, restored } from "./threads.js";
import { schemas, toAsked } from "./to-core.js";

export const messages: Api = {
  name: "messages",
  path: "/messages",
  // OpenAI has addresses that end so, too: those of its assistants' threads.
  isAt: (pathname) => pathname.endsWith("/v1/messages"),
  repliesInJson: true,
  toAsked,
  schemas,
  toRecord,
  toReply,
  toEvents,
  restored,
  note,
  gather,
  toError: ({ status, message }) => ({
    type: "error",
    error: { type: ERRORS.get(status) ?? (status >= 500 ? "api_error" : "invalid_request_error"), message },
  }),
};

const ERRORS = new Map([
  [401, "authentication_error"],
  [403, "permission_error"],
  [404, "not_found_error"],
  [413, "request_too_large"],
  [429, "rate_limit_error"],
  [503, "overloaded_error"],
  [504, "timeout_error"],
]);
