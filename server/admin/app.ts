/** What may be asked of the admin API: app keys are vended, listed, rotated and revoked, and their use is told. */
import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { HttpBindings } from "@hono/node-server";
import { type Context, Hono } from "hono";
import * as z from "zod";
import { readBody, saysTooLarge, TooLarge } from "../body.js";
import { valuesOf } from "../headers.js";
import { keySettings } from "../keys/app-key.js";
import { type KeyStore, KeysUnavailable } from "../keys/key-store.js";
import { shownKey, shownKeys, shownSecret, shownUsage } from "../keys/shown.js";

/** What the routes work with. */
export interface AdminContext {
  readonly keys: KeyStore;
  /** Any of them opens every route; without one, no route is open. */
  readonly tokens: readonly string[];
  /** Told the class of what failed here, never what it says. */
  readonly onFault: (error: unknown) => void;
}

type Env = { Bindings: HttpBindings };

const MAX_BODY = 64 * 1024;

const vending = keySettings.extend({
  expires: z.iso.datetime({ offset: true }).optional(),
});
const rotating = z.strictObject({
  /** In seconds. */
  grace: z
    .number()
    .min(0)
    .max(366 * 86_400)
    .default(86_400),
});
const month = z.string().regex(/^\d{4}-(?:0[1-9]|1[0-2])$/);

/** Why a request is not done as asked; the client is told. */
class NotDone extends Error {
  constructor(
    readonly status: 400 | 404 | 413 | 415,
    message: string,
  ) {
    super(message);
  }
}

/** The routes. Each asks for the token first, those that are not there too. */
export function adminRoutes({ keys, tokens, onFault }: AdminContext): Hono<Env> {
  const app = new Hono<Env>();
  const digests = tokens.map(digestOf);
  const refuse = (c: Context<Env>, status: 400 | 401 | 404 | 413 | 415 | 500 | 503, message: string) =>
    c.json({ error: { message: `reprise: ${message}` } }, status);

  app.use("*", async (c, next) => {
    c.header("cache-control", "no-store");
    if (!hasToken(c.env.incoming, digests)) {
      c.header("www-authenticate", "Bearer");
      return refuse(c, 401, "this needs the admin token (Authorization: Bearer …)");
    }
    await next();
    return undefined;
  });

  app.get("/keys", async (c) => c.json({ ...(await freshness(keys)), keys: shownKeys(keys) }));

  app.post("/keys", async (c) => {
    const { expires, ...settings } = await bodyOf(c, vending);
    const until = expires === undefined ? undefined : Date.parse(expires);
    if (until !== undefined && until <= Date.now()) throw new NotDone(400, "expires: that time has passed");
    return c.json(shownSecret(keys, await keys.vend(settings, until)), 201);
  });

  app.get("/keys/:id", async (c) => {
    await keys.refresh();
    return c.json(shownKey(keys, c.req.param("id")) ?? noKey());
  });

  app.post("/keys/:id/rotate", async (c) => {
    const { grace } = await bodyOf(c, rotating);
    const rotated = await keys.rotate(c.req.param("id"), grace * 1_000);
    return c.json(rotated ? shownSecret(keys, rotated) : noKey());
  });

  app.delete("/keys/:id", async (c) => {
    const revoked = await keys.revoke(c.req.param("id"));
    return c.json((revoked && shownKey(keys, revoked.id)) ?? noKey());
  });

  app.get("/usage", async (c) => {
    const written = c.req.query("month");
    if (written !== undefined && !month.safeParse(written).success)
      throw new NotDone(400, "?month= is a month such as 2026-11");
    const fresh = await freshness(keys);
    return c.json({ ...fresh, usage: shownUsage(keys, written === undefined ? {} : { month: written }) });
  });

  app.notFound((c) => refuse(c, 404, "there is nothing here"));
  app.onError((error, c) => {
    if (error instanceof NotDone) return refuse(c, error.status, error.message);
    if (error instanceof KeysUnavailable) {
      c.header("retry-after", "5");
      return refuse(c, 503, error.message);
    }
    onFault(error);
    return refuse(c, 500, "this failed here; the log says in which class");
  });
  return app;
}

/** Whether what is told is all there is, or what was known before the store stopped answering. */
async function freshness(keys: KeyStore): Promise<{ readonly is_current: boolean }> {
  return { is_current: await keys.refresh() };
}

function noKey(): never {
  throw new NotDone(404, "there is no such key, or it has ended");
}

const digestOf = (text: string): Buffer => createHash("sha256").update(text).digest();

/** All tokens are compared, and digests of one length: how long it takes tells nothing of any of them. */
function hasToken({ rawHeaders }: IncomingMessage, digests: readonly Buffer[]): boolean {
  const [given, ...more] = valuesOf(rawHeaders, "authorization");
  const digest = digestOf(/^Bearer +(\S+) *$/i.exec(given ?? "")?.[1] ?? "");
  const matches = digests.filter((known) => timingSafeEqual(known, digest));
  return more.length === 0 && matches.length > 0;
}

/** The body of a request. Throws `NotDone`, which names the field that is wrong and never says what stands in it. */
async function bodyOf<Value>({ env, req }: Context<Env>, schema: z.ZodType<Value>): Promise<Value> {
  // A form on somebody's page can be sent from anywhere, JSON cannot.
  if (!/^application\/json\b/i.test(req.header("content-type") ?? ""))
    throw new NotDone(415, "send application/json");
  const parsed = schema.safeParse(await jsonOf(env.incoming));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const at = issue?.path.map(String).join(".") ?? "";
  const unknown = issue?.code === "unrecognized_keys" ? issue.keys.map((key) => JSON.stringify(key)) : [];
  throw new NotDone(
    400,
    unknown.length > 0
      ? `${at === "" ? "" : `${at}: `}there is no field ${unknown.join(", ")}`
      : `${at === "" ? "the body" : at}: ${issue?.message ?? "is wrong"}`,
  );
}

async function jsonOf(incoming: IncomingMessage): Promise<unknown> {
  const tooLarge = new NotDone(413, `the body is longer than ${MAX_BODY} bytes`);
  if (saysTooLarge(incoming, MAX_BODY)) throw tooLarge;
  try {
    return JSON.parse((await readBody(incoming, MAX_BODY)).toString()) as unknown;
  } catch (error) {
    if (error instanceof TooLarge) throw tooLarge;
    throw new NotDone(400, "the body is no JSON");
  }
}
