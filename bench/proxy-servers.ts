/**
 * The servers that `reprise serve` is measured beside: a mock provider, a bare relay, and a handler that only
 * hashes.
 */
import { createHash } from "node:crypto";
import { createServer } from "node:http";
import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { Pool } from "undici";

const [kind, port, upstream = ""] = process.argv.slice(2);
const completion = (content: string): string =>
  JSON.stringify({
    id: "chatcmpl-1",
    object: "chat.completion",
    created: 1,
    model: "mock",
    choices: [
      {
        index: 0,
        message: { role: "assistant", content, refusal: null },
        logprobs: null,
        finish_reason: "stop",
      },
    ],
    usage: { prompt_tokens: 200, completion_tokens: 40, total_tokens: 240 },
  });

function mock(): void {
  createServer((incoming, outgoing) => {
    const pieces: Buffer[] = [];
    incoming.on("data", (piece: Buffer) => pieces.push(piece));
    incoming.on("end", () => {
      const body = Buffer.concat(pieces).toString();
      const name = /say hello to (\w+)/.exec(body)?.[1];
      // What nobody can learn to say: else questions that are like each other would not be misses for long.
      const unknown = body.includes("Question")
        ? createHash("sha256").update(body).digest("hex")
        : "it was delivered on Tuesday";
      const content = name ? `Hello ${name}, welcome!` : `That is known: ${unknown}. `.repeat(3);
      if (!body.includes('"stream":true')) {
        outgoing.writeHead(200, { "content-type": "application/json" }).end(completion(content));
        return;
      }
      const chunk = (delta: object, ending: string | null) =>
        `data: ${JSON.stringify({ id: "chatcmpl-1", object: "chat.completion.chunk", created: 1, model: "mock", choices: [{ index: 0, delta, finish_reason: ending }] })}\n\n`;
      outgoing.writeHead(200, { "content-type": "text/event-stream" });
      outgoing.end(`${chunk({ role: "assistant", content }, null)}${chunk({}, "stop")}data: [DONE]\n\n`);
    });
  }).listen(Number(port), "127.0.0.1");
}

function relay(): void {
  const { origin, pathname } = new URL(upstream);
  const pool = new Pool(origin, { connections: 256 });
  const app = new Hono();
  app.all("*", async (c) => {
    const { host: _host, connection: _connection, ...headers } = c.req.header();
    const body = c.req.method === "GET" ? null : Buffer.from(await c.req.arrayBuffer());
    const path = c.req.path.startsWith(pathname) ? c.req.path : `${pathname}${c.req.path}`;
    const reply = await pool.request({ method: c.req.method as "POST", path, headers, body });
    const { "transfer-encoding": _framing, connection: _hop, "keep-alive": _keep, ...kept } = reply.headers;
    return new Response(reply.body as never, {
      status: reply.statusCode,
      headers: kept as Record<string, string>,
    });
  });
  serve({ fetch: app.fetch, port: Number(port), hostname: "127.0.0.1" });
}

function hashing(): void {
  const app = new Hono();
  const known = completion("That is known: it was delivered on Tuesday. ".repeat(4));
  app.all("*", async (c) => {
    const text = await c.req.text();
    const digest = createHash("sha256")
      .update(text === "" ? "" : JSON.stringify(JSON.parse(text)))
      .digest("hex");
    return c.body(known, 200, { "content-type": "application/json", etag: digest });
  });
  serve({ fetch: app.fetch, port: Number(port), hostname: "127.0.0.1" });
}

const servers: Record<string, () => void> = { mock, relay, hashing };
servers[kind ?? ""]?.();
