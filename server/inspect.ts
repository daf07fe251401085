/**
 * What can be asked of the proxy itself, under `/_reprise`: how it is, and for a tenant what it did and why.
 */
import type { IncomingMessage } from "node:http";
import type { HttpBindings } from "@hono/node-server";
import { type Context, Hono } from "hono";
import { type Cache, explainBypass, RepriseError } from "reprise";
import * as z from "zod";
import { apiNamed, requestOf } from "../adapters/openai/call.js";
import { BadHeader } from "../adapters/openai/headers.js";
import type { Settings } from "../adapters/openai/options.js";
import { Aside } from "../adapters/shared/aside.js";
import { readBody, TooLarge } from "./body.js";
import type { Callers } from "./callers.js";
import type { ConfigState } from "./config/watch.js";
import { pairs } from "./headers.js";
import type { Refusal } from "./stages.js";
import type { Tallies } from "./tallies.js";
import type { Tenant, Tenants } from "./tenants.js";
import type { Supposed, Whereabouts } from "./whereabouts.js";

/** What the routes look into. */
export interface InspectContext {
  readonly cache: Cache;
  readonly callers: Callers;
  readonly tenants: Tenants;
  readonly tallies: Tallies;
  readonly settings: Settings;
  /** Where a call would go, and whose it would be. */
  readonly whereaboutsOf: (call: Supposed) => Promise<Whereabouts | Refusal>;
  /** Whose a request is: by its app key, where there are keys, with and without credentials of its own. */
  readonly tenantsOf: (incoming: IncomingMessage) => Promise<WhoAsks>;
  /** How the configuration stands, where there is a file. */
  readonly configState: (() => ConfigState) | undefined;
  /** Whether calls are taken: not before the store is read, not once the end has begun. */
  readonly isReady: () => boolean;
}

/** Whose a request for the proxy itself is. */
export interface WhoAsks {
  /** Whether it has an app key that is good. */
  readonly hasKey: boolean;
  /** At least one. */
  readonly tenants: readonly [Tenant, ...Tenant[]];
}

type Env = { Bindings: HttpBindings; Variables: { tenants: WhoAsks["tenants"] } };

const MAX_BODY = 4 * 1024 * 1024;

const verdict = z.strictObject({ id: z.string(), verdict: z.enum(["good", "bad"]) });

/** The routes. Each asks first who is asking; what is not there is not told from what is not allowed. */
export function inspectRoutes({
  cache,
  callers,
  tenants,
  tallies,
  settings,
  whereaboutsOf,
  isReady,
  configState,
  tenantsOf,
}: InspectContext): Hono<Env> {
  const app = new Hono<Env>();
  const owns = (c: Context<Env>, id: string): boolean =>
    c.get("tenants").some((tenant) => tenants.owns(tenant, id));
  const refuse = (c: Context<Env>, status: 400 | 404 | 413, message: string) =>
    c.json({ error: { message: `reprise: ${message}` } }, status);

  app.use("*", async (c, next) => {
    const { hasKey, tenants: theirs } = await tenantsOf(c.env.incoming);
    c.set("tenants", theirs);
    if (!hasKey && !callers.mayLook(c.env.incoming))
      return c.json(
        { error: { message: "reprise: this needs the proxy's token (Reprise-Auth: Bearer …)" } },
        401,
      );
    await next();
    c.header("cache-control", "no-store");
    return undefined;
  });

  app.get("/healthz", (c) => c.json({ status: "alive" }));
  app.get("/readyz", (c) => {
    // A file that is refused stops nothing: what was in force before still is.
    const { isCurrent, problem, since } = configState?.() ?? {};
    const told = isCurrent !== undefined && {
      config: { current: isCurrent, since, ...(problem !== undefined && { problem }) },
    };
    return isReady() ? c.json({ status: "ready", ...told }) : c.json({ status: "not ready", ...told }, 503);
  });
  app.get("/stats", (c) => c.json(tallies.sum(c.get("tenants"))));

  app.post("/feedback", async (c) => {
    // A form on somebody's page can be sent from anywhere, JSON cannot.
    if (!/^application\/json\b/i.test(c.req.header("content-type") ?? ""))
      return refuse(c, 400, "send application/json");
    const given = verdict.safeParse(await jsonOf(c));
    if (!given.success)
      return refuse(
        c,
        400,
        'send { "id": …, "verdict": "good" | "bad" }, the id being the reply\'s Reprise-Answer',
      );
    const { id, verdict: said } = given.data;
    const isKnown = owns(c, id) && (await cache.feedback(id, said));
    return isKnown ? c.json({ known: true }) : c.json({ known: false }, 404);
  });

  app.get("/explain", (c) => {
    const id = c.req.query("id") ?? "";
    if (!owns(c, id))
      return refuse(c, 404, "no answer of yours has this id (?id=, the reply's Reprise-Answer)");
    try {
      return c.json(cache.explain(id));
    } catch (error) {
      if (RepriseError.isInstance(error)) return refuse(c, 404, "this answer is not known any more");
      throw error;
    }
  });

  app.post("/explain", async (c) => {
    const { incoming } = c.env;
    const api = apiNamed(c.req.query("api") ?? "chat");
    if (!api) return refuse(c, 400, "?api= is chat, responses or messages");
    try {
      const text = (await readBody(incoming, MAX_BODY)).toString();
      const headers = [...pairs(incoming.rawHeaders)].map(
        ([name, value]) => [name.toLowerCase(), value] as const,
      );
      const there = await whereaboutsOf({ api, text, incoming });
      if ("to" in there) return refuse(c, 400, there.message);
      const { tenant, ...address } = there;
      const sample = () => Promise.reject(new Error("asks nobody"));
      const call = { ...address, text, headers, signal: undefined, sample };
      return c.json(cache.explain(requestOf(call, { ...settings, scope: () => tenant })));
    } catch (error) {
      if (error instanceof Aside) return c.json(explainBypass(error.reason));
      if (error instanceof TooLarge) return refuse(c, 413, "the body is too large");
      if (error instanceof BadHeader || RepriseError.isInstance(error)) return refuse(c, 400, error.message);
      throw error;
    }
  });

  app.all("*", (c) => refuse(c, 404, "there is nothing here"));
  return app;
}

async function jsonOf(c: Context<Env>): Promise<unknown> {
  try {
    return JSON.parse((await readBody(c.env.incoming, MAX_BODY)).toString()) as unknown;
  } catch {
    return undefined;
  }
}
