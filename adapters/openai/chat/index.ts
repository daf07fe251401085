/** The Chat Completions API. */
import type { Api } from "../api.js";
import { toEvents, toReply } from "./from-core.js";
import { gather } from "./gather.js";
import { toRecord } from "./record.js";
import { schemas, toAsked } from "./to-core.js";

export const chat: Api = {
  name: "chat",
  path: "/chat/completions",
  toAsked,
  schemas,
  toRecord,
  toReply,
  toEvents,
  gather,
};
