/** The Responses API. */
import type { Api } from "../api.js";
import { gather, toEvents } from "./events.js";
import { toReply } from "./from-core.js";
import { givenBy } from "./given.js";
import { toRecord } from "./record.js";
import { schemas, toAsked } from "./to-core.js";

export const responses: Api = {
  name: "responses",
  path: "/responses",
  toAsked,
  schemas,
  toRecord,
  toReply,
  toEvents,
  gather,
  restored: (body, { cache, owner }) => givenBy(cache).restored(body, owner),
  note: (reply, body, { cache, owner }) => givenBy(cache).note(reply, body, owner),
};
