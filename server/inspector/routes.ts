/** The page and what it asks for. It shows what every tenant has said: each request needs the page's own token. */
import type { IncomingMessage } from "node:http";
import type { HttpBindings } from "@hono/node-server";
import { type Context, Hono } from "hono";
import { streamSSE } from "hono/streaming";
import { type Cache, RepriseError, type TemplateQuery } from "reprise";
import * as z from "zod";
import { readBody, TooLarge } from "../body.js";
import type { Asset } from "./assets.js";
import { type Watching, watchCache } from "./live.js";
import { createTree } from "./tree.js";

/** What the page works with. */
export interface InspectorContext {
  readonly cache: Cache;
  readonly assets: ReadonlyMap<string, Asset>;
  /** Whether a request comes from where the page may be asked from. */
  readonly mayReach: (incoming: IncomingMessage) => boolean;
  /** Whether it has the page's token. */
  readonly hasToken: (incoming: IncomingMessage) => boolean;
}

/** The routes, and how to end what they watch. */
export interface Inspector {
  readonly app: Hono<Env>;
  stop(): void;
}

type Env = { Bindings: HttpBindings };

const MAX_BODY = 8 * 1024 * 1024;
const HEADERS: Readonly<Record<string, string>> = {
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "cross-origin-resource-policy": "same-origin",
  "cross-origin-opener-policy": "same-origin",
  "cache-control": "no-store",
};

const review = z.strictObject({
  id: z.string(),
  verdict: z.enum(["approve", "retire"]),
  reason: z.string(),
  author: z.string(),
});
const forget = z.strictObject({ template: z.string().min(1) });
const explain = z.looseObject({ messages: z.array(z.unknown()) });
const whole = z.coerce.number().int().min(0);
const query = z.object({
  standing: z.enum(["live", "candidate", "retired"]).optional(),
  scope: z.string().optional(),
  tool: z.string().optional(),
  text: z.string().optional(),
  limit: whole.max(1_000).default(100),
  offset: whole.default(0),
});
const place = z.object({
  node: z.string().default("root"),
  limit: whole.max(5_000).default(500),
  offset: whole.default(0),
});

/** Makes the routes; they are to be mounted where the page's address ends with a slash. */
export function createInspector({ cache, assets, mayReach, hasToken }: InspectorContext): Inspector {
  const app = new Hono<Env>();
  const watching = watchCache(cache);
  const tree = createTree(cache);

  app.use("*", async (c, next) => {
    // What is not there for somebody is not told from what is not allowed.
    if (!mayReach(c.env.incoming)) return refuse(c, 404, "there is nothing here");
    await next();
    for (const [name, value] of Object.entries(HEADERS)) c.header(name, value);
    return undefined;
  });
  for (const [name, { type, body }] of assets)
    app.get(`/${name}`, (c) => c.body(body, 200, { "content-type": type }));

  app.use("/api/*", async (c, next) => {
    if (!hasToken(c.env.incoming))
      return refuse(c, 401, "this needs the page's token: open the address that was printed");
    try {
      await next();
    } catch (error) {
      if (RepriseError.isInstance(error)) return refuse(c, 400, error.message);
      throw error;
    }
    return undefined;
  });
  app.onError((error, c) => {
    if (RepriseError.isInstance(error) || error instanceof Bad) return refuse(c, 400, error.message);
    if (error instanceof TooLarge) return refuse(c, 413, "that is too large");
    return refuse(c, 500, "something failed inside");
  });
  app.get("/api/live", (c) => follow(c, watching));
  app.get("/api/tree", (c) => {
    const { node, offset, limit } = checked(place, c.req.query());
    return c.json(tree.children(node, offset, limit));
  });
  app.get("/api/path/:id", (c) => c.json(tree.pathTo(c.req.param("id"))));
  app.get("/api/templates", (c) => c.json(cache.templates(checked(query, c.req.query()) as TemplateQuery)));
  app.get("/api/template/:id", (c) => {
    const details = cache.template(c.req.param("id"));
    return details ? c.json(details) : refuse(c, 404, "no template has this id any more");
  });
  app.post("/api/review", async (c) => {
    const { id, verdict, ...details } = checked(review, await jsonOf(c));
    const isKnown = await cache[verdict](id, details);
    return isKnown ? c.json(cache.template(id)) : refuse(c, 404, "no template has this id any more");
  });
  app.post("/api/forget", async (c) =>
    c.json({ forgotten: await cache.forget(checked(forget, await jsonOf(c))) }),
  );
  app.post("/api/explain", async (c) => c.json(cache.explain(checked(explain, await jsonOf(c)) as never)));
  app.all("*", (c) => refuse(c, 404, "there is nothing here"));
  return {
    app,
    stop() {
      watching.stop();
      tree.stop();
    },
  };
}

/** What was sent is not what was asked for. */
class Bad extends Error {}

function follow(c: Context<Env>, watching: Watching): Response {
  return streamSSE(c, async (stream) => {
    const send = (name: string, data: unknown): Promise<void> =>
      stream.writeSSE({ event: name, data: JSON.stringify(data) });
    await send("history", { samples: watching.history(), happened: watching.lately() });
    let isBusy = false;
    // Who reads slowly is told less often: figures are whole each time.
    const stop = watching.follow((live) => {
      if (isBusy) return;
      isBusy = true;
      void send("live", live).finally(() => {
        isBusy = false;
      });
    });
    await new Promise<void>((resolve) => stream.onAbort(resolve));
    stop();
  });
}

function refuse(c: Context, status: 400 | 401 | 404 | 413 | 500, message: string) {
  return c.json({ error: { message: `reprise: ${message}` } }, status);
}

function checked<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new Bad(`"${issue?.path.map(String).join(".") ?? ""}": ${issue?.message ?? "is wrong"}`);
}

async function jsonOf(c: Context<Env>): Promise<unknown> {
  // A form on somebody's page can be sent from anywhere, JSON cannot.
  if (!/^application\/json\b/i.test(c.req.header("content-type") ?? ""))
    throw new Bad("send application/json");
  try {
    return JSON.parse((await readBody(c.env.incoming, MAX_BODY)).toString()) as unknown;
  } catch (error) {
    if (error instanceof TooLarge) throw error;
    throw new Bad("that is no JSON");
  }
}
