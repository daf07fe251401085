/**
 * Times what stands between a client and its provider: nothing, a bare relay, `reprise serve`, Portkey's
 * gateway. Each is a process of its own; the provider is a mock that answers at once. `npm run bench:proxy --
 * [seconds] [--load minutes]`; PORTKEY names a folder in which @portkey-ai/gateway is installed.
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { Pool } from "undici";

const { values, positionals } = parseArgs({ allowPositionals: true, options: { load: { type: "string" } } });
const SECONDS = Number(positionals[0] ?? 5);
const ROOT = fileURLToPath(new URL("..", import.meta.url));
const SERVERS = join(ROOT, "bench/proxy-servers.ts");
const PORTS = {
  mock: 9101,
  relay: 9102,
  hashing: 9103,
  reprise: 9104,
  eager: 9105,
  portkey: 9106,
  misses: 9107,
  gateway: 9108,
  gatewayMisses: 9109,
  hooks: 9110,
  plugin: 9111,
} as const;
const UPSTREAM = `http://127.0.0.1:${PORTS.mock}/v1`;

const children: ChildProcess[] = [];
process.on("exit", () => {
  for (const child of children) child.kill("SIGKILL");
});

/** Starts a server, and waits until it listens. */
async function start(
  port: number,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<ChildProcess> {
  const child = spawn(process.execPath, args, {
    cwd: ROOT,
    env: { ...process.env, ...env },
    stdio: ["ignore", "ignore", "inherit"],
  });
  children.push(child);
  if (child.pid !== undefined) pids.set(port, child.pid);
  for (let turn = 0; turn < 200; turn++) {
    const answered = await fetch(`http://127.0.0.1:${port}/`).then(
      () => true,
      () => false,
    );
    if (answered) return child;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`nothing listens at ${port}`);
}

interface Load {
  readonly port: number;
  readonly path?: string;
  readonly headers?: (index: number) => Record<string, string>;
  readonly body: (index: number) => string;
  /** What a reply must be for the figures to mean what they say. */
  readonly expects?: RegExp;
}

interface Figures {
  readonly p50: number;
  readonly p99: number;
  readonly perSecond: number;
  readonly errors: number;
  /** Processor time of the server for each request, all threads. */
  readonly cpu: number;
}

const pids = new Map<number, number>();

/** Processor time of a server until now, in microseconds. */
function cpuOf(port: number): number {
  const pid = pids.get(port);
  const fields =
    pid === undefined
      ? []
      : readFileSync(`/proc/${pid}/stat`, "utf8")
          .replace(/^.*\) /, "")
          .split(" ");
  // User and system time, in hundredths of a second.
  return (Number(fields[11]) + Number(fields[12])) * 10_000;
}

const FILLER = "The customer has written before, and was answered in full. ".repeat(14);
const chat = (content: string): string =>
  JSON.stringify({
    model: "mock",
    messages: [
      { role: "system", content: FILLER },
      { role: "user", content },
    ],
  });
let serial = 0;

/** Asks as fast as replies come, over so many connections. Microseconds. */
async function drive(load: Load, connections: number, seconds = SECONDS): Promise<Figures> {
  const pool = new Pool(`http://127.0.0.1:${load.port}`, { connections });
  const took: number[] = [];
  let errors = 0;
  let until = performance.now() + 1_000;
  async function client(isMeasured: boolean): Promise<void> {
    while (performance.now() < until) {
      const index = serial++;
      const [headers, body] = [
        { "content-type": "application/json", authorization: "Bearer sk-bench", ...load.headers?.(index) },
        load.body(index),
      ];
      const began = performance.now();
      try {
        const reply = await pool.request({
          method: "POST",
          path: load.path ?? "/v1/chat/completions",
          headers,
          body,
        });
        await reply.body.text();
        const micros = (performance.now() - began) * 1_000;
        const isAsMeant =
          reply.statusCode === 200 && (load.expects?.test(String(reply.headers["cache-status"])) ?? true);
        if (!isAsMeant) errors++;
        else if (isMeasured) took.push(micros);
      } catch {
        errors++;
      }
    }
  }
  await Promise.all(Array.from({ length: connections }, () => client(false)));
  errors = 0;
  until = performance.now() + seconds * 1_000;
  const before = cpuOf(load.port);
  await Promise.all(Array.from({ length: connections }, () => client(true)));
  const cpu = (cpuOf(load.port) - before) / (took.length + errors);
  await pool.close();
  took.sort((left, right) => left - right);
  const at = (share: number): number =>
    took[Math.min(took.length - 1, Math.floor(took.length * share))] ?? Number.NaN;
  return { p50: at(0.5), p99: at(0.99), perSecond: took.length / seconds, errors, cpu };
}

const NAMES = ["Ann", "Bob", "Cleo", "Dan", "Eva", "Finn", "Gina", "Hugo"];
const nameOf = (index: number): string =>
  `${NAMES[index % NAMES.length]}${index.toString(36).replace(/\d/g, (digit) => "abcdefghij"[Number(digit)] ?? "x")}`;
const known = chat("What is known?");
const hits: Load = { port: PORTS.reprise, body: () => known, expects: /; hit; detail=exact/ };
const fresh = (port: number): Load => ({
  port,
  body: (index) => chat(`Question ${index.toString(36)} of ${process.pid}?`),
});
const template: Load = {
  port: PORTS.eager,
  headers: (index) => ({ "reprise-bindings": JSON.stringify({ name: nameOf(index) }) }),
  body: (index) => chat(`say hello to ${nameOf(index)}`),
  expects: /; hit; detail=template/,
};
const embedding = (index: number): string => JSON.stringify({ model: "mock", input: `${FILLER}${index}` });

async function measure(): Promise<void> {
  const portkey =
    process.env.PORTKEY &&
    join(process.env.PORTKEY, "node_modules/@portkey-ai/gateway/build/start-server.js");
  await start(PORTS.relay, [SERVERS, "relay", String(PORTS.relay), UPSTREAM]);
  await start(PORTS.hashing, [SERVERS, "hashing", String(PORTS.hashing)]);
  if (portkey && existsSync(portkey))
    await start(PORTS.portkey, [portkey, `--port=${PORTS.portkey}`, "--headless"], {
      NODE_ENV: "development",
      TRUSTED_CUSTOM_HOSTS: "127.0.0.1,localhost",
    });
  await serve(PORTS.reprise, "verified");
  await serve(PORTS.eager, "eager");
  await serve(PORTS.misses, "verified");
  await serveGateway(PORTS.gateway);
  await serveGateway(PORTS.gatewayMisses);
  await serveGateway(PORTS.hooks, hooksFolder(HOOKS, ["first", "second", "third"]));
  await serveGateway(PORTS.plugin, pluginFolder());
  // What is to be known is taught.
  await drive({ port: PORTS.reprise, body: () => known }, 1, 0.2);
  for (const port of [PORTS.gateway, PORTS.hooks, PORTS.plugin])
    await drive({ port, body: () => known }, 1, 0.2);
  await fetch(`http://127.0.0.1:${PORTS.eager}/v1/chat/completions`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      authorization: "Bearer sk-bench",
      "reprise-bindings": '{"name":"Erik"}',
    },
    body: chat("say hello to Erik"),
  });
  await new Promise((resolve) => setTimeout(resolve, 1_000));

  const rows: Record<string, Load> = {
    direct: fresh(PORTS.mock),
    "bare Hono and undici relay": fresh(PORTS.relay),
    "reprise serve, passed on": { port: PORTS.reprise, path: "/v1/embeddings", body: embedding },
    "bare Hono, hashes the body": { port: PORTS.hashing, body: () => known },
    "reprise serve, exact hit": hits,
    "reprise serve, template hit": template,
    // In a process of its own: what it learns from misses is learned beside its calls.
    "reprise serve, miss": { ...fresh(PORTS.misses), expects: /fwd=miss/ },
    "the gateway, passed on": { port: PORTS.gateway, path: "/v1/embeddings", body: embedding },
    "the gateway, exact hit": { ...hits, port: PORTS.gateway },
    "the same, three hooks": { ...hits, port: PORTS.hooks },
    "the same, one plugin": { ...hits, port: PORTS.plugin },
    "the gateway, miss": { ...fresh(PORTS.gatewayMisses), expects: /fwd=miss/ },
    ...(portkey &&
      existsSync(portkey) && {
        "Portkey's gateway": {
          ...fresh(PORTS.portkey),
          headers: () => ({ "x-portkey-provider": "openai", "x-portkey-custom-host": UPSTREAM }),
        },
      }),
  };
  for (const connections of [1, 50]) {
    console.log(
      `\n| ${connections} connection${connections > 1 ? "s" : ""} | p50 | p99 | added p50 | added p99 | requests a second | its processor time a request | not as meant |\n|---|---|---|---|---|---|---|---|`,
    );
    let bare: Figures | undefined;
    for (const [what, load] of Object.entries(rows)) {
      const figures = await drive(load, connections);
      bare ??= figures;
      const cells = [figures.p50, figures.p99, figures.p50 - bare.p50, figures.p99 - bare.p99].map(
        (micros) => `${(micros / 1_000).toFixed(2)} ms`,
      );
      console.log(
        `| ${what} | ${cells.join(" | ")} | ${Math.round(figures.perSecond)} | ${Math.round(figures.cpu)} µs | ${figures.errors} |`,
      );
    }
  }
  console.log(
    `\nload average ${loadavg()
      .map((value) => value.toFixed(1))
      .join(", ")} on ${cpus().length} cores; Node ${process.version}`,
  );
}

async function serve(port: number, policy: string): Promise<ChildProcess> {
  const { STORE: store = "memory", MEMORY: memory = "128" } = process.env;
  return start(port, [
    join(ROOT, "dist/cli.js"),
    "serve",
    "--upstream",
    UPSTREAM,
    "--port",
    String(port),
    "--store",
    store,
    "--policy",
    policy,
    "--memory",
    memory,
    "--audit-rate",
    "0",
  ]);
}

/** The same with a file: two providers, of which one is asked in turn, by routes, keys and failover. */
/** Hooks that look at each request and each reply, and change both. */
const HOOKS = `export const hook = {
  request: (body) => ({ body: { ...body, user: "someone" } }),
  reply: ({ body }) => ({ body: { ...body, seen: true } }),
  trace() {},
};`;

interface WithHooks {
  readonly folder: string;
  readonly hooks: readonly object[];
}

const newFolder = (): string => mkdtempSync(join(tmpdir(), "reprise-bench-"));

function hooksFolder(source: string, names: readonly string[]): WithHooks {
  const folder = newFolder();
  for (const name of names) writeFileSync(join(folder, `${name}.mjs`), source);
  return { folder, hooks: names.map((name) => ({ module: `${name}.mjs` })) };
}

/** The plugin of the examples: it reads all of a request, and lets it pass. */
function pluginFolder(): WithHooks {
  const folder = newFolder();
  const build = join(ROOT, "examples/gateway/secret-guard/build.mjs");
  execFileSync(process.execPath, [build, join(folder, "guard.wasm")]);
  return { folder, hooks: [{ wasm: "guard.wasm" }] };
}

async function serveGateway(
  port: number,
  { folder, hooks }: WithHooks = { folder: newFolder(), hooks: [] },
): Promise<ChildProcess> {
  const path = join(folder, "reprise.yaml");
  const provider = { base_url: UPSTREAM, keys: [{ key: "sk-one" }, { key: "sk-two" }] };
  const config = {
    cache: { store: "memory", policy: "verified", audit_rate: 0 },
    listen: { port },
    hooks,
    providers: { one: provider, two: { ...provider, model_map: { "never-asked": "mock" } } },
    routes: [
      { models: ["other-*", "never-asked"], providers: ["two"] },
      { models: ["*"], providers: ["one", "two"], strategy: "round-robin" },
    ],
  };
  // JSON is YAML.
  writeFileSync(path, JSON.stringify(config));
  return start(port, [join(ROOT, "dist/cli.js"), "serve", "--config", path]);
}

/**
 * Hits, misses, streams and what is passed on, mixed, at a rate that the machine bears; memory of the proxy
 * meanwhile.
 */
async function soak(minutes: number): Promise<void> {
  const child = await serve(PORTS.reprise, "verified");
  const pool = new Pool(`http://127.0.0.1:${PORTS.reprise}`, { connections: 20 });
  const until = performance.now() + minutes * 60_000;
  let [asked, errors] = [0, 0];
  async function client(): Promise<void> {
    for (let turn = 0; performance.now() < until; turn++) {
      const kinds = [
        known,
        known,
        chat(`Question ${serial++}?`),
        JSON.stringify({ ...(JSON.parse(known) as object), stream: true }),
      ];
      const isPassed = turn % 5 === 4;
      try {
        const body = isPassed ? embedding(serial++) : (kinds[turn % 4] ?? known);
        const path = isPassed ? "/v1/embeddings" : "/v1/chat/completions";
        const reply = await pool.request({
          method: "POST",
          path,
          headers: { "content-type": "application/json", authorization: `Bearer sk-${turn % 7}` },
          body,
        });
        await reply.body.text();
        if (reply.statusCode !== 200) errors++;
        asked++;
      } catch {
        errors++;
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
  const clients = Promise.all(Array.from({ length: 20 }, client));
  const sample = (): void => {
    const memory = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, "utf8"))?.[1];
    console.log(
      `${Math.round((minutes * 60_000 - (until - performance.now())) / 1_000)} s: ${asked} asked, ${errors} errors, ${Math.round(Number(memory) / 1024)} MB`,
    );
  };
  const timer = setInterval(sample, (minutes * 60_000) / 10);
  await clients;
  clearInterval(timer);
  sample();
  child.kill("SIGTERM");
  await once(child, "exit");
  await pool.close();
}

await start(PORTS.mock, [SERVERS, "mock", String(PORTS.mock)]);
if (values.load === undefined) await measure();
else await soak(Number(values.load));
process.exit(0);
