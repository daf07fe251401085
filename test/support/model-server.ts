/** A model server that speaks the OpenAI protocol over HTTP, and says what a script has for each agent. */
import { serve } from "@hono/node-server";
import { Hono } from "hono";
import type { Agent } from "../../src/index.js";

/** What it was asked. */
export interface Asked {
  readonly agent: Agent;
  readonly input: unknown;
  readonly messages: readonly { readonly role: string; readonly content: unknown }[];
  readonly body: Readonly<Record<string, unknown>>;
  readonly headers: Headers;
}

/** An answer: JSON, a text as it is, an HTTP status, or nothing for so long as the client waits. */
export type Scripted =
  | { readonly json: unknown }
  | { readonly text: string }
  | { readonly status: number }
  | { readonly hangs: true };

export type Script = (asked: Asked, index: number) => Scripted | Promise<Scripted>;

export interface ModelServer {
  readonly url: string;
  readonly asked: Asked[];
  close(): Promise<void>;
}

/** Starts one on a free port of this machine. */
export async function modelServer(script: Script): Promise<ModelServer> {
  const asked: Asked[] = [];
  const app = new Hono();
  app.post("/v1/chat/completions", async (context) => {
    const body = (await context.req.json()) as Record<string, unknown>;
    const question = read(body, context.req.raw.headers);
    asked.push(question);
    const answer = await script(question, asked.length - 1);
    if ("hangs" in answer) {
      await new Promise<void>((resolve) => context.req.raw.signal.addEventListener("abort", () => resolve()));
      return context.body(null, 499 as never);
    }
    if ("status" in answer)
      return context.json({ error: { message: "scripted", type: "server_error" } }, answer.status as never);
    return context.json({
      id: `chatcmpl-${asked.length}`,
      object: "chat.completion",
      created: 1,
      model: body.model,
      choices: [
        {
          index: 0,
          finish_reason: "stop",
          message: {
            role: "assistant",
            content: "text" in answer ? answer.text : JSON.stringify(answer.json),
            refusal: null,
          },
        },
      ],
      usage: { prompt_tokens: 100, completion_tokens: 10, total_tokens: 110 },
    });
  });
  const listening = Promise.withResolvers<number>();
  const server = serve({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" }, ({ port }) =>
    listening.resolve(port),
  );
  return {
    url: `http://127.0.0.1:${await listening.promise}/v1`,
    asked,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        if ("closeAllConnections" in server) server.closeAllConnections();
      }),
  };
}

/** The agent stands in the name of the schema, the question's data between the marks of its last message. */
function read(body: Record<string, unknown>, headers: Headers): Asked {
  const { response_format: format, messages } = body as {
    response_format?: { json_schema?: { name?: string } };
    messages: Asked["messages"];
  };
  const first = messages.find(({ role }) => role === "user")?.content;
  const text = typeof first === "string" ? first : ((first as { text: string }[])[0]?.text ?? "");
  const data = /<(data-[\w-]+)>\n([\s\S]*)\n<\/\1>/.exec(text)?.[2];
  return {
    agent: format?.json_schema?.name as Agent,
    input: data === undefined ? undefined : JSON.parse(data),
    ...{ messages, body, headers },
  };
}
