/** A gateway by a configuration file, in front of scripted providers. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Cache, createCache, type StoreSource } from "reprise";
import { onTestFinished } from "vitest";
import { stringify } from "yaml";
import { loadConfig } from "../../../server/config/load.js";
import { startGateway } from "../../../server/start-gateway.js";
import { type Provider, provider, SECRET } from "../support.js";

interface GatewayGiven {
  readonly cache?: Cache;
  readonly every?: number;
  /** Where app keys are. */
  readonly store?: StoreSource;
  /** Files beside the configuration, by their names. */
  readonly files?: Readonly<Record<string, string>>;
}

/** Starts one; it is stopped, and its file deleted, when the test is done. */
export async function gateway(
  written: object | string,
  { cache = createCache({ auditRate: 0 }), every = 20, store, files = {} }: GatewayGiven = {},
) {
  const folder = await mkdtemp(join(tmpdir(), "reprise-gateway-"));
  const path = join(folder, "reprise.yaml");
  const write = (next: object | string): Promise<void> =>
    writeFile(path, typeof next === "string" ? next : stringify(next));
  await write(written);
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  const said: string[] = [];
  const faults: unknown[] = [];
  const started = await startGateway(cache, {
    ...{ path, every, store, secret: SECRET },
    loaded: await loadConfig(path),
    listen: { port: 0 },
    say: (line) => said.push(line),
    onFault: (error) => faults.push(error),
  });
  onTestFinished(async () => {
    await started.stop();
    await cache.close();
    await rm(folder, { recursive: true });
  });
  return { ...started, ...{ path, folder, write, said, faults, cache } };
}

/** A reply of Chat Completions. */
export const completion = (text: string, model = "m") => ({
  id: "chatcmpl-1",
  object: "chat.completion",
  created: 1,
  model,
  choices: [{ index: 0, message: { role: "assistant", content: text }, finish_reason: "stop" }],
  usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 },
});

type Said =
  | string
  | number
  | { status: number; headers?: Record<string, string>; body?: unknown }
  | "cut"
  | "silent";

/** A provider that says these in turn, the last one for ever: a text, a status, a connection that breaks. */
export async function saying(...script: readonly Said[]): Promise<Provider> {
  let turn = 0;
  return provider((_, outgoing, body) => {
    const said = script[Math.min(turn++, script.length - 1)];
    if (said === "cut") return outgoing.destroy();
    if (said === "silent") return undefined;
    const { model = "m" } = JSON.parse(body.toString() || "{}") as { model?: string };
    const {
      status,
      headers = {},
      body: sent,
    } = typeof said === "object"
      ? { headers: {}, body: { error: { message: "no" } }, ...said }
      : typeof said === "number"
        ? { status: said, headers: {}, body: { error: { message: "no" } } }
        : { status: 200, headers: {}, body: completion(said ?? "", model) };
    return outgoing
      .writeHead(status, { "content-type": "application/json", ...headers })
      .end(JSON.stringify(sent));
  });
}

/** Chances of a failover that waits for next to nothing. */
export const QUICK = { backoff: { initial: 0.001, max: 0.5 } };

/** The value of a header that was sent to a provider. */
export function sentTo({ asked }: Provider, name: string): (string | undefined)[] {
  return asked.map(({ headers }) => {
    const at = headers.findIndex((each, index) => index % 2 === 0 && each.toLowerCase() === name);
    return at < 0 ? undefined : headers[at + 1];
  });
}
