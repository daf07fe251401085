/** A secret in every place where one can stand is looked for in all that the gateway says and keeps. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { inspect } from "node:util";
import { type CacheEvents, createCache } from "reprise";
import { describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { loadConfig } from "../../../server/config/load.js";
import { commandLine } from "../../cli/support.js";
import { chat, type Got, type Provider, send } from "../support.js";
import { canary, keeping, Sinks, telemetryOf } from "./sinks.js";
import { gateway, QUICK, saying, sentTo } from "./support.js";

const PLACES = {
  key: canary("key"),
  environmentKey: canary("environment-key"),
  fileKey: canary("file-key"),
  header: canary("header"),
  token: canary("token"),
  pageToken: canary("page-token"),
  adminToken: canary("admin-token"),
  storePassword: canary("store-password"),
  limitsPassword: canary("limits-password"),
  tenantSecret: canary("tenant-secret"),
  callersKey: canary("callers-key"),
  callersHeader: canary("callers-header"),
  query: canary("query"),
  content: canary("content"),
  hidden: canary("hidden"),
};

/** What stands in a file for a variable of the environment. */
const reference = (name: string): string => `\${${name}}`;

process.env.REPRISE_TEST_CANARY = PLACES.environmentKey;

const EVENTS = ["hit", "miss", "bypass", "observed", "fault", "learned", "promoted"] as const;

/** Keeps one word from whoever comes after it. */
const REDACTOR = `
  const hidden = ${JSON.stringify(PLACES.hidden)};
  const without = (body) => JSON.parse(JSON.stringify(body).replaceAll(hidden, "[hidden]"));
  export const hook = { name: "redactor", request: (body) => ({ body: without(body) }) };
`;
/** Fails with all that it was given in its error. */
const FAILING = `
  export const hook = {
    name: "failing",
    onError: "open",
    request: (body) => { throw new Error(JSON.stringify(body)); },
    reply: (reply, context) => { throw new Error(JSON.stringify([reply, context])); },
  };
`;

/** A configuration with a secret wherever it can hold one; nobody listens at the port of its stores. */
function configOf(kept: Provider, backup: Provider, own: Provider) {
  return {
    listen: { tokens: [PLACES.token], inspect: "local", inspect_token: PLACES.pageToken },
    cache: {
      store: `redis://user:${PLACES.storePassword}@127.0.0.1:9/0`,
      secret: PLACES.tenantSecret,
    },
    providers: {
      kept: {
        base_url: kept.url,
        keys: [
          { key: PLACES.key, name: "first", models: ["m"] },
          { key: reference("REPRISE_TEST_CANARY"), models: ["environment-*"] },
        ],
        headers: { "X-Gateway-Secret": PLACES.header },
      },
      backup: { base_url: backup.url, keys: [{ key: "file:key.txt" }] },
      own: { type: "anthropic", base_url: own.url },
    },
    routes: [
      { models: ["m", "environment-*"], providers: ["kept", "backup"] },
      { models: ["claude-*"], providers: ["own"] },
    ],
    failover: { ...QUICK, per_provider: 1 },
    keys: {},
    admin: { port: 0, token: PLACES.adminToken },
    log: { to: "requests.log", level: "debug" },
    hooks: [{ module: "redactor.mjs" }, { module: "failing.mjs" }],
    limits: {
      store: `redis://:${PLACES.limitsPassword}@127.0.0.1:9`,
      timeout: 0.01,
      key: { requests: 1_000 },
    },
  };
}

async function setup(sinks: Sinks) {
  const [kept, backup, own] = [
    await saying("first", "second", 503, "third", "cut", "last"),
    await saying("by the second", 401),
    await saying({
      status: 200,
      body: {
        ...{ id: "msg_1", type: "message", role: "assistant", model: "claude-x", stop_reason: "end_turn" },
        ...{ content: [{ type: "text", text: "yes" }], usage: { input_tokens: 1, output_tokens: 1 } },
      },
    }),
  ];
  const { store, kept: records } = keeping();
  const cache = createCache({
    store,
    auditRate: 0,
    redact: (text) => text.replaceAll(PLACES.content, "[redacted]"),
  });
  for (const event of EVENTS) cache.on(event, (each: CacheEvents[typeof event]) => sinks.add("events", each));
  const telemetry = telemetryOf(cache);
  const written = configOf(kept, backup, own);
  const started = await gateway(written, {
    ...{ cache, store },
    files: { "key.txt": `${PLACES.fileKey}\n`, "redactor.mjs": REDACTOR, "failing.mjs": FAILING },
  });
  return { ...started, ...{ kept, backup, own, records, cache, telemetry, written } };
}

describe("a secret", () => {
  it("is found where it belongs, and nowhere else: not in logs, errors, metrics, spans, records, nor what is told of itself", async () => {
    const sinks = new Sinks();
    const { url, admin, kept, backup, own, records, cache, telemetry, ...gate } = await setup(sinks);
    const asAdmin = { Authorization: `Bearer ${PLACES.adminToken}` };
    const administer = async (method: string, path: string, headers: object = asAdmin, body?: object) => {
      const text = body && JSON.stringify(body);
      const all = {
        ...headers,
        ...(text && { "Content-Type": "application/json", "Content-Length": String(text.length) }),
      };
      return send(`${admin}${path}`, {
        method,
        headers: Object.entries(all).flat(),
        ...(text && { body: text }),
      });
    };
    const vended = JSON.parse(String((await administer("POST", "/keys", asAdmin, { name: "app" })).body)) as {
      id: string;
      secret: string;
    };
    const appKey = { "Reprise-Auth": `Bearer ${vended.secret}` };
    const asks = (content: string, model = "m") => ({ model, messages: [{ role: "user", content }] });
    const replies: Got[] = [];
    const ask = async (body: object, headers: Record<string, string> = {}) => {
      const got = await chat(url, {
        body,
        headers: { ...appKey, "X-Custom-Token": PLACES.callersHeader, ...headers },
      });
      replies.push(got);
      return got;
    };
    // Every way that a call can take: answered, a hit, failed over, refused, cut, unrouted, misread, unasked.
    await ask(asks(`about ${PLACES.content}`));
    await ask(asks(`one ${PLACES.hidden}`));
    await ask(asks(`one ${PLACES.hidden}`));
    await ask(asks("two"));
    await ask({ ...asks("three"), stream: true });
    await ask(asks("four")).catch((error: unknown) => sinks.add("errors", error));
    await ask(asks("five", "environment-model"));
    await ask(asks(PLACES.content, "no-such-model"));
    await ask(asks("x"), { "Reprise-Bindings": PLACES.content });
    await ask(asks("x"), { "Reprise-Auth": `Bearer ${PLACES.callersKey}` });
    await ask(asks("x"), { "Reprise-Auth": `Bearer ${vended.secret}x` });
    await ask(asks("only"), { "Cache-Control": "only-if-cached" });
    const anthropic = { ...appKey, "x-api-key": PLACES.callersKey, "Content-Type": "application/json" };
    const toAnthropic = async (path: string, body: object) => {
      const text = JSON.stringify(body);
      const headers = Object.entries({
        ...anthropic,
        "Content-Length": String(Buffer.byteLength(text)),
      }).flat();
      replies.push(await send(`${url}${path}`, { method: "POST", headers, body: text }));
    };
    await toAnthropic(`/v1/messages?api_key=${PLACES.query}`, { ...asks("hi", "claude-x"), max_tokens: 9 });
    await toAnthropic(`/native/own/files?api_key=${PLACES.query}`, { a: PLACES.content });
    await toAnthropic(`/native/nobody/files?api_key=${PLACES.query}`, { a: 1 });

    const statuses = [200, 200, 200, 200, 200, 401, 200, 404, 400, 401, 401, 504, 200, 200, 404];
    expect(replies.map(({ status }) => status)).toEqual(statuses);
    expect(replies[2]?.headers["cache-status"]).toContain("; hit");
    // Where they belong.
    expect(sentTo(kept, "authorization")).toContain(`Bearer ${PLACES.key}`);
    expect(sentTo(kept, "authorization")).toContain(`Bearer ${PLACES.environmentKey}`);
    expect(sentTo(kept, "x-gateway-secret")).toContain(PLACES.header);
    expect(sentTo(backup, "authorization")).toContain(`Bearer ${PLACES.fileKey}`);
    expect(sentTo(own, "x-api-key")).toContain(PLACES.callersKey);
    const toProviders = [kept, backup, own].flatMap(({ asked }) => asked);
    const sent = JSON.stringify(toProviders.map(({ headers, body }) => [headers, String(body)]));
    for (const never of [vended.secret, PLACES.hidden, PLACES.token, PLACES.adminToken, PLACES.pageToken])
      expect(sent).not.toContain(never);
    expect(
      JSON.stringify([kept, backup].map(({ asked }) => asked.map(({ headers }) => headers))),
    ).not.toContain(PLACES.callersKey);

    // What the gateway tells of itself, to whoever may ask and to whoever may not.
    const pages = ["/metrics", "/_reprise/healthz", "/_reprise/readyz", "/_reprise/stats", "/v1/models"];
    const page = { Authorization: `Bearer ${PLACES.pageToken}` };
    const looked = ["/_reprise/inspect/api/tree", "/_reprise/inspect/api/templates"];
    for (const [paths, headers] of [
      [pages, appKey],
      [pages, { "Reprise-Auth": `Bearer ${PLACES.token}` }],
      [looked, page],
      [looked, { Authorization: `Bearer ${PLACES.callersKey}` }],
    ] as const)
      for (const path of paths) {
        const got = await send(`${url}${path}`, { headers: Object.entries(headers).flat() });
        sinks.add("pages", `${got.rawHeaders.join(" ")} ${got.body}`);
      }
    for (const [method, path, headers] of [
      ["GET", "/keys", asAdmin],
      ["GET", `/keys/${vended.id}`, asAdmin],
      ["GET", "/usage", asAdmin],
      ["GET", "/nothing", asAdmin],
      ["GET", "/keys", { Authorization: `Bearer ${PLACES.callersKey}` }],
      ["DELETE", `/keys/${vended.id}`, asAdmin],
    ] as const)
      sinks.add("admin", String((await administer(method, path, headers)).body));
    // A file that is refused while it runs, and one that is taken.
    await gate.write(stringify({ ...gate.written, surprise: PLACES.key }));
    await expect.poll(() => gate.said.join("\n")).toContain("surprise");
    await gate.write(stringify({ ...gate.written, failover: { ...QUICK, attempts: 3 } }));
    await cache.settled();
    sinks.add(
      "replies",
      replies.map(({ rawHeaders, body }) => [rawHeaders, String(body)]),
    );
    sinks.add("said", gate.said);
    sinks.add("faults", gate.faults);
    sinks.add("telemetry", await telemetry());
    for await (const line of cache.export()) sinks.add("export", line);
    sinks.add("tree", cache.printTree());
    await gate.stop();
    sinks.add("records", [...records]);
    const log = await readFile(join(gate.folder, "requests.log"), "utf8");
    expect(inspect(gate.faults)).toContain("hook failing");
    sinks.add("log", log);
    expect(
      log
        .trim()
        .split("\n")
        .filter((line) => line.includes('"path"')).length,
    ).toBeGreaterThan(statuses.length);
    sinks.add(
      "page's address",
      String(gate.page).replace(PLACES.pageToken, "the page's token, for whoever runs it"),
    );

    expect(sinks.places).toEqual(
      expect.arrayContaining([
        "events",
        "pages",
        "admin",
        "replies",
        "said",
        "telemetry",
        "export",
        "records",
      ]),
    );
    expect(sinks.leaks()).toEqual([]);
    // An app key is kept by its digest alone.
    for (const place of [[...records], gate.said, gate.faults, replies.map(({ body }) => String(body))])
      expect(inspect(place, { depth: 20, maxArrayLength: null })).not.toContain(vended.secret);
  });

  it("in a configuration is shown by nothing that prints it, and by no fault that is found in it", async () => {
    const sinks = new Sinks();
    const provided = { url: "http://127.0.0.1:9/v1", asked: [] };
    const good = configOf(provided, provided, provided);
    const { folder } = await gateway({ providers: { one: { keys: [{ key: "sk-one" }] } } });
    await writeFile(join(folder, "key.txt"), PLACES.fileKey);
    const path = join(folder, "checked.yaml");
    const check = async (text: string) => {
      await writeFile(path, text);
      for (const json of [[], ["--json"]]) {
        const { code, out, err } = await commandLine(["config", "check", path, ...json]);
        sinks.add("config check", `${code} ${out} ${err}`);
      }
      return loadConfig(path).catch((error: unknown) => error);
    };
    for (const command of [["stats"], ["keys", "list"]]) {
      const store = `postgresql://user:${PLACES.storePassword}@127.0.0.1:9/x`;
      const { code, out, err } = await commandLine([...command, "--store", store]);
      expect([code, err]).toEqual([2, expect.stringContaining("127.0.0.1:9")]);
      sinks.add("commands", `${out} ${err}`);
    }
    const loaded = await check(stringify(good));
    sinks.add("printed", loaded);
    sinks.add("as JSON", JSON.stringify(loaded));
    sinks.add("as a text", `${Object.values((loaded as { config: object }).config).map(String)}`);
    expect(loaded).toHaveProperty("config");
    const one = { ...good.providers.kept };
    const bad: Record<string, string> = {
      "an unknown name": stringify({ ...good, surprise: PLACES.key }),
      "a list for a text": stringify({
        ...good,
        providers: { one: { ...one, keys: [{ key: [PLACES.key] }] } },
      }),
      "a text for a list": stringify({ ...good, providers: { one: { ...one, keys: PLACES.key } } }),
      "credentials in an address": stringify({
        ...good,
        providers: { one: { ...one, base_url: `https://u:${PLACES.key}@a.test` } },
      }),
      "no address": stringify({ ...good, providers: { one: { ...one, base_url: PLACES.key } } }),
      "a token that is too short": stringify({ ...good, admin: { token: `${PLACES.adminToken} x` } }),
      "a store of another kind": stringify({
        ...good,
        limits: { store: `mysql://u:${PLACES.limitsPassword}@a` },
      }),
      "a variable that is not set": stringify({
        ...good,
        admin: { token: reference("REPRISE_TEST_NOTHING") },
      }),
      "a file that is not there": stringify({ ...good, admin: { token: "file:nothing.txt" } }),
      "no YAML": `providers: { one: { keys: [{ key: "${PLACES.key} }] } }`,
      "a name twice": `admin: { token: ${PLACES.adminToken}, token: ${PLACES.key} }`,
      "no map": PLACES.key,
    };
    for (const [what, text] of Object.entries(bad)) {
      const refused = await check(text);
      expect([what, refused]).toEqual([what, expect.objectContaining({ name: "BadConfig" })]);
      sinks.add("faults", refused);
      sinks.add("faults", String((refused as Error).stack));
    }
    expect(sinks.leaks()).toEqual([]);
  });
});
