/** Where a call would go and whose it would be, for whoever asks what the cache would say to it. */
import type { IncomingMessage } from "node:http";
import { readBody } from "../adapters/openai/body.js";
import { apiOf, type IncomingCall } from "../adapters/openai/call.js";
import type { Callers } from "./callers.js";
import type { Live } from "./live.js";
import type { Refusal } from "./stages.js";
import type { Tenant, Tenants } from "./tenants.js";
import { headOf, NOBODY } from "./visit.js";

/** What of a call is known before it is made. */
export interface Whereabouts extends Pick<IncomingCall, "api" | "endpoint" | "url"> {
  readonly tenant: Tenant;
}

/** What is asked about: the call's API, its body, and the request whose credentials it would have. */
export interface Supposed extends Pick<IncomingCall, "api" | "text"> {
  readonly incoming: IncomingMessage;
}

/**
 * Routes a call as if it had been made, and asks nobody. A refusal where it would be refused.
 *
 * @throws Aside for a body that is none.
 */
export async function whereaboutsOf(
  { api, text, incoming }: Supposed,
  { live, callers, tenants }: { readonly live: Live; readonly callers: Callers; readonly tenants: Tenants },
): Promise<Whereabouts | Refusal> {
  const { plain: body } = readBody(text);
  const { stages, release } = live.lease();
  try {
    const { access, upstream } = stages;
    const head = headOf(incoming, { addressOf: callers.addressOf, signal: NEVER });
    const admitted = await access.admit(head);
    const caller = "to" in admitted ? NOBODY : admitted;
    // Clients of a gateway say the version; one provider's address says it for them.
    const path = upstream.pathOf(upstream.readsBodies ? `/v1${api.path}` : api.path) ?? api.path;
    const route = await upstream.routeOf({
      ...head,
      ...{ method: "POST", path, headers: incoming.rawHeaders, caller, api, body },
      model: typeof body.model === "string" ? body.model : undefined,
    });
    if ("to" in route) return route.to === "refuse" ? route : NOWHERE;
    const called = apiOf("POST", new URL(route.url));
    if (!called) return NOWHERE;
    const { usesCallersKey } = route;
    const tenant = tenants.of(incoming.rawHeaders, { namespace: caller.namespace, usesCallersKey });
    return { ...called, url: route.url, tenant };
  } finally {
    release();
  }
}

const NEVER = new AbortController().signal;
const NOWHERE: Refusal = { to: "refuse", status: 400, message: "such a call is not for the cache" };
