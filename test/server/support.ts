/** A scripted provider behind a real socket, and a proxy in front of it. */
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { type Cache, createCache } from "reprise";
import type { ModelScript } from "reprise/testing";
import { onTestFinished } from "vitest";
import { type ProxyOptions, startProxy } from "../../server/index.js";
import { scriptedProvider } from "../adapters/openai/support.js";

/** A server that answers as it is told, and keeps what it was asked. */
export interface Provider {
  readonly url: string;
  readonly asked: { method: string; url: string; headers: string[]; body: Buffer }[];
}

type Handler = (incoming: IncomingMessage, outgoing: ServerResponse, body: Buffer) => unknown;

export async function listen(server: Server, host = "127.0.0.1"): Promise<string> {
  await new Promise<void>((resolve) => {
    server.listen(0, host, resolve);
  });
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

export async function provider(handle: Handler): Promise<Provider> {
  const asked: Provider["asked"] = [];
  const server = createServer(async (incoming, outgoing) => {
    const pieces: Buffer[] = [];
    try {
      for await (const piece of incoming) pieces.push(piece as Buffer);
    } catch {
      return;
    }
    const body = Buffer.concat(pieces);
    asked.push({
      method: incoming.method ?? "",
      url: incoming.url ?? "",
      headers: incoming.rawHeaders,
      body,
    });
    await handle(incoming, outgoing, body);
  });
  return { url: `${await listen(server)}/v1`, asked };
}

/** A provider of both APIs that answers by a script. */
export async function scripted(script: ModelScript): Promise<Provider> {
  const { fetch } = scriptedProvider(script);
  return provider(async (incoming, outgoing, body) => {
    if (body.length === 0) return outgoing.writeHead(404, { "content-type": "application/json" }).end("{}");
    const response = await fetch(`http://provider${incoming.url}`, { method: "POST", body: body.toString() });
    outgoing.writeHead(response.status, [...response.headers].flat());
    for await (const piece of response.body ?? [])
      if (!outgoing.write(piece)) await new Promise((resolve) => outgoing.once("drain", resolve));
    return outgoing.end();
  });
}

export const SECRET = "a secret of thirty-two characters";

/** A proxy in front of a provider; it is stopped when the test is done. */
export async function proxy(
  upstream: string,
  options: Partial<ProxyOptions> = {},
  cache: Cache = createCache({ auditRate: 0 }),
) {
  const faults: unknown[] = [];
  const started = await startProxy(
    cache,
    { upstream, port: 0, secret: SECRET, drainTimeout: 200, ...options },
    (error) => faults.push(error),
  );
  onTestFinished(async () => {
    await started.stop();
    await cache.close();
  });
  return { ...started, cache, faults };
}

export interface Got {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly rawHeaders: string[];
  readonly body: Buffer;
}

/** A request as it is given, by Node's own client, which adds next to nothing. */
export function send(
  url: string,
  {
    method = "GET",
    headers = [],
    body,
    path,
  }: { method?: string; headers?: string[]; body?: readonly Uint8Array[] | string; path?: string } = {},
): Promise<Got> {
  return new Promise((resolve, reject) => {
    const { hostname, port, pathname, search } = new URL(url);
    const own = headers.some((name, index) => index % 2 === 0 && name.toLowerCase() === "host")
      ? []
      : ["Host", `${hostname}:${port}`];
    const sent = request(
      {
        hostname,
        port,
        path: path ?? `${pathname}${search}`,
        method,
        headers: [...own, ...headers] as never,
        agent: false,
      },
      (incoming) => {
        const pieces: Buffer[] = [];
        incoming.on("data", (piece: Buffer) => pieces.push(piece));
        incoming.on("error", reject);
        incoming.on("end", () => {
          const { statusCode: status = 0, headers: got, rawHeaders } = incoming;
          resolve({ status, headers: got, rawHeaders, body: Buffer.concat(pieces) });
        });
      },
    );
    sent.on("error", reject);
    for (const piece of typeof body === "string" ? [body] : (body ?? [])) sent.write(piece);
    sent.end();
  });
}

/** What a server says to bytes that no client would send. */
export function sendBytes(url: string, text: string): Promise<string> {
  return new Promise((resolve) => {
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname, () => socket.write(text));
    let got = "";
    socket.on("data", (piece) => {
      got += piece.toString("latin1");
    });
    socket.on("error", () => undefined);
    socket.on("close", () => resolve(got));
  });
}

export const hello = { model: "m", messages: [{ role: "user", content: "hello" }] };

/** A call of Chat Completions. */
export function chat(
  url: string,
  { body = hello, headers = {} }: { body?: unknown; headers?: Record<string, string> } = {},
): Promise<Got> {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const all = {
    Authorization: "Bearer sk-one",
    "Content-Type": "application/json",
    "Content-Length": String(Buffer.byteLength(text)),
    ...headers,
  };
  return send(`${url}/v1/chat/completions`, {
    method: "POST",
    headers: Object.entries(all).flat(),
    body: text,
  });
}

export const textOf = ({ body }: Got): string =>
  (JSON.parse(body.toString()) as { choices: { message: { content: string } }[] }).choices[0]?.message
    .content ?? "";
