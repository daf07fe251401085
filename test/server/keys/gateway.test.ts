/** App keys and limits in a gateway that runs: who gets to which provider, with what, and how often. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { StoreSource } from "reprise";
import { sqlite } from "reprise/store";
import { parseList } from "structured-headers";
import { describe, expect, it, onTestFinished } from "vitest";
import { openKeyStore } from "../../../server/keys/key-store.js";
import type { ShownSecret, ShownUsage } from "../../../server/keys/shown.js";
import { gateway, saying } from "../gateway/support.js";
import { chat, type Got, type Provider, send, textOf } from "../support.js";

const ADMIN_TOKEN = "an-admin-token-of-some-length";
const patiently = { timeout: 10_000, interval: 50 };

/** A store, and whoever vends keys in another process. */
async function elsewhere(): Promise<{ store: StoreSource; keys: ReturnType<typeof openKeyStore> }> {
  const folder = await mkdtemp(join(tmpdir(), "reprise-app-keys-"));
  const path = join(folder, "keys.sqlite");
  const keys = openKeyStore({ store: sqlite(path), namespace: "default", pollInterval: 0, flushInterval: 0 });
  onTestFinished(async () => {
    await keys.close();
    await rm(folder, { recursive: true });
  });
  return { store: sqlite(path), keys };
}

const asks = (content: string, model = "m") => ({ model, messages: [{ role: "user", content }] });
const provided = ({ url }: Provider) => ({
  providers: { one: { base_url: url, keys: [{ key: "sk-stored" }] } },
});
const by = (secret: string, more: Record<string, string> = {}) => ({
  "Reprise-Auth": `Bearer ${secret}`,
  ...more,
});
const errorOf = ({ body }: Got): string =>
  (JSON.parse(body.toString()) as { error: { message: string } }).error.message;

describe("a gateway with app keys", () => {
  it("answers nobody without one, on no route, and asks no provider", async () => {
    const one = await saying("no");
    const { store } = await elsewhere();
    const { url } = await gateway({ ...provided(one), keys: {} }, { store });
    const body = JSON.stringify(asks("hello"));
    const routes = [
      "POST /v1/chat/completions",
      "POST /v1/responses",
      "POST /v1/messages",
      "POST /v1/embeddings",
      "GET /v1/models",
      "GET /native/one/models",
      "POST /native/one/anything",
      "DELETE /v1/files/1",
      "GET /",
    ];
    const wrong = [
      [],
      ["Reprise-Auth", "Bearer rk_guess"],
      ["Authorization", "Bearer sk-one"],
      ["X-Forwarded-For", "127.0.0.1"],
    ];
    for (const route of routes)
      for (const headers of wrong) {
        const [method = "", path = ""] = route.split(" ");
        const sent = method === "POST" ? [...headers, "Content-Length", String(body.length)] : headers;
        const got = await send(`${url}${path}`, {
          method,
          headers: sent,
          ...(method === "POST" && { body }),
        });
        expect([route, headers, got.status]).toEqual([route, headers, 401]);
        expect(errorOf(got)).toMatch(/app key/);
      }
    expect(one.asked).toEqual([]);
  });

  it("serves keys of one namespace what any of them taught, and no others", async () => {
    const one = await saying("first", "second", "third");
    const { store, keys } = await elsewhere();
    const { url } = await gateway({ ...provided(one), keys: {} }, { store });
    const [ann, ben] = [
      await keys.vend({ name: "ann", namespace: "team" }),
      await keys.vend({ name: "ben", namespace: "team" }),
    ];
    const [other, alone] = [
      await keys.vend({ name: "other", namespace: "else" }),
      await keys.vend({ name: "alone" }),
    ];
    const said: string[] = [];
    for (const { secret } of [ann, ben, other, ann, alone, other])
      said.push(textOf(await chat(url, { body: asks("hello"), headers: by(secret) })));
    expect(said).toEqual(["first", "first", "second", "first", "third", "second"]);
    // Another secret of the same key is the same key.
    const rotated = await keys.rotate(ann.key.id, 60_000);
    for (const secret of [ann.secret, rotated?.secret ?? ""])
      expect(textOf(await chat(url, { body: asks("hello"), headers: by(secret) }))).toBe("first");
    // The provider gets its own key, and of the app's nothing.
    expect(one.asked).toHaveLength(3);
    for (const { headers, body } of one.asked) {
      expect(headers.join(" ")).toContain("Bearer sk-stored");
      expect(`${headers.join(" ")}${body}`).not.toContain("rk_");
    }
  });

  it("explains a call as the key that asks would be answered, by the route it would take", async () => {
    const [one, two] = [await saying("first"), await saying("second")];
    const { store, keys } = await elsewhere();
    const stored = ({ url: base_url }: Provider) => ({ base_url, keys: [{ key: "sk-stored" }] });
    const routes = [
      { models: ["b*"], providers: ["two"] },
      { models: ["*"], providers: ["one"] },
    ];
    const providers = { one: stored(one), two: stored(two) };
    const { url } = await gateway({ providers, routes, keys: {} }, { store });
    const ann = await keys.vend({ name: "ann", namespace: "team" });
    const other = await keys.vend({ name: "other", namespace: "else" });
    for (const model of ["a1", "b1"])
      await chat(url, { body: asks("hello", model), headers: by(ann.secret) });
    const explained = async (secret: string, model: string): Promise<unknown> => {
      const body = JSON.stringify(asks("hello", model));
      const headers = ["Reprise-Auth", `Bearer ${secret}`, "Content-Length", String(body.length)];
      const got = await send(`${url}/_reprise/explain?api=chat`, { method: "POST", headers, body });
      const { outcome, error } = JSON.parse(got.body.toString()) as { outcome?: string; error?: unknown };
      return outcome ?? error;
    };
    expect(await explained(ann.secret, "a1")).toBe("hit");
    expect(await explained(ann.secret, "b1")).toBe("hit");
    expect(await explained(ann.secret, "a2")).toBe("miss");
    expect(await explained(other.secret, "a1")).toBe("miss");
    expect([one.asked.length, two.asked.length]).toEqual([1, 1]);
  });

  it("refuses models that a key is not for, as the API writes errors", async () => {
    const one = await saying("yes");
    const { store, keys } = await elsewhere();
    const { url } = await gateway({ ...provided(one), keys: {} }, { store });
    const { secret } = await keys.vend({ name: "small", models: ["gpt-5-mini", "o*"] });
    for (const [model, status] of [
      ["gpt-5-mini", 200],
      ["o3", 200],
      ["gpt-5", 403],
      ["gpt-5-mini-x", 403],
      ["", 403],
    ] as const)
      expect([model, (await chat(url, { body: asks("a", model), headers: by(secret) })).status]).toEqual([
        model,
        status,
      ]);
    const refused = await chat(url, { body: asks("a", "gpt-5"), headers: by(secret) });
    expect(JSON.parse(refused.body.toString())).toMatchObject({
      error: { type: "invalid_request_error", message: expect.stringContaining('"gpt-5"') },
    });
    expect(one.asked).toHaveLength(2);
  });

  it("refuses within seconds what was revoked elsewhere, and what the file no longer lists", async () => {
    const one = await saying("yes");
    const { store, keys } = await elsewhere();
    const { url, write } = await gateway({ ...provided(one) }, { store });
    const { key, secret } = await keys.vend({ name: "a" });
    const status = async (): Promise<number> =>
      (await chat(url, { body: asks("a"), headers: by(secret) })).status;
    expect((await chat(url, { body: asks("a") })).status).toBe(200);
    await write({ ...provided(one), keys: {} });
    await expect.poll(async () => (await chat(url, { body: asks("a") })).status, patiently).toBe(401);
    expect(await status()).toBe(200);
    await keys.revoke(key.id);
    await expect.poll(status, patiently).toBe(401);
  });

  it("is managed over its admin API, which tells what was done with each key", async () => {
    const one = await saying("yes");
    const { store } = await elsewhere();
    const admin = { token: ADMIN_TOKEN, port: 0 };
    const started = await gateway({ ...provided(one), keys: {}, admin }, { store });
    expect(started.admin).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    const asAdmin = ["Authorization", `Bearer ${ADMIN_TOKEN}`, "Content-Type", "application/json"];
    const ask = async <Value>(path: string, method = "GET", body?: object): Promise<Value> => {
      const got = await send(`${started.admin}${path}`, {
        method,
        headers: asAdmin,
        ...(body && { body: JSON.stringify(body) }),
      });
      return JSON.parse(got.body.toString()) as Value;
    };
    const { id, secret } = await ask<ShownSecret>("/keys", "POST", {
      name: "agents",
      limits: { requests: 3 },
    });
    const bodies = [asks("a"), asks("a"), asks("b"), asks("c")];
    const replies: Got[] = [];
    for (const body of bodies) replies.push(await chat(started.url, { body, headers: by(secret) }));
    expect(replies.map(({ status }) => status)).toEqual([200, 200, 200, 429]);
    await expect
      .poll(async () => (await ask<{ usage: ShownUsage[] }>("/usage")).usage, patiently)
      .toMatchObject([
        { id, name: "agents", calls: 3, hits: 1, input_tokens: 6, output_tokens: 4, saved_input_tokens: 3 },
      ]);
    // The admin API is no route of the gateway, and its token none of the gateway's.
    expect((await send(`${started.url}/keys`, { headers: asAdmin })).status).toBe(401);
    expect((await chat(started.url, { body: asks("a"), headers: by(ADMIN_TOKEN) })).status).toBe(401);

    const metrics = await send(`${started.url}/metrics`);
    const ready = await send(`${started.url}/_reprise/readyz`);
    const told = [metrics, ready, ...replies]
      .map(({ body, rawHeaders }) => `${body}${rawHeaders.join(" ")}`)
      .join();
    for (const hidden of [secret, secret.slice(3), ADMIN_TOKEN, "sk-stored"]) {
      expect(told).not.toContain(hidden);
      expect(JSON.stringify([started.said, started.faults.map(String)])).not.toContain(hidden);
    }
  });
});

describe("a gateway with limits", () => {
  it("refuses what is too much with a 429 that says when to come again", async () => {
    const one = await saying("yes");
    const { store, keys } = await elsewhere();
    const { url } = await gateway(
      { ...provided(one), keys: {}, limits: { key: { requests: 2 } } },
      { store },
    );
    const [a, b] = [await keys.vend({ name: "a" }), await keys.vend({ name: "b" })];
    const ask = (secret: string): Promise<Got> => chat(url, { body: asks("a"), headers: by(secret) });
    expect([(await ask(a.secret)).status, (await ask(a.secret)).status]).toEqual([200, 200]);
    const refused = await ask(a.secret);
    expect([refused.status, errorOf(refused)]).toEqual([429, expect.stringContaining("2 requests a minute")]);
    const wait = Number(refused.headers["retry-after"]);
    expect(wait).toBeGreaterThan(0);
    expect(wait).toBeLessThanOrEqual(60);
    const policy = parseList(String(refused.headers["ratelimit-policy"]));
    expect([policy[0]?.[0], Object.fromEntries(policy[0]?.[1] ?? [])]).toEqual([
      "key-requests",
      { q: 2, w: 60 },
    ]);
    const left = parseList(String(refused.headers.ratelimit));
    expect([left[0]?.[0], Object.fromEntries(left[0]?.[1] ?? [])]).toEqual([
      "key-requests",
      { r: 0, t: wait },
    ]);
    expect((await ask(b.secret)).status).toBe(200);
  });

  it("counts tokens that a provider has told of, and those of hits not", async () => {
    const one = await saying("yes");
    const { store, keys } = await elsewhere();
    const { url } = await gateway({ ...provided(one), keys: {}, limits: {} }, { store });
    const { secret } = await keys.vend({ name: "a", limits: { tokens: 6 } });
    const ask = (text: string): Promise<Got> => chat(url, { body: asks(text), headers: by(secret) });
    // Five tokens each.
    for (const text of ["a", "a", "a", "b"]) expect((await ask(text)).status).toBe(200);
    await expect.poll(async () => (await ask("c")).status, patiently).toBe(429);
  });

  it("believes no X-Forwarded-For but that of proxies it trusts", async () => {
    const one = await saying("yes");
    const limited = { ...provided(one), limits: { address: { requests: 2 } } };
    const { url } = await gateway({ ...limited, listen: { tokens: ["a-token-of-the-gateway"] } });
    const trusting = await gateway({
      ...limited,
      listen: { tokens: ["a-token-of-the-gateway"], trusted_proxies: ["127.0.0.1"] },
    });
    const statuses = async (to: string): Promise<number[]> => {
      const all: number[] = [];
      for (let turn = 0; turn < 4; turn++)
        all.push(
          (
            await chat(to, {
              headers: by("a-token-of-the-gateway", { "X-Forwarded-For": `198.51.100.${turn}` }),
            })
          ).status,
        );
      return all;
    };
    expect(await statuses(url)).toEqual([200, 200, 429, 429]);
    expect(await statuses(trusting.url)).toEqual([200, 200, 200, 200]);
    // What stands before the address that the proxy has seen, the client may have made up.
    const forged = { "X-Forwarded-For": "203.0.113.1, 198.51.100.1" };
    const again = await chat(trusting.url, { headers: by("a-token-of-the-gateway", forged) });
    const more = await chat(trusting.url, {
      headers: by("a-token-of-the-gateway", { ...forged, "X-Forwarded-For": "203.0.113.2, 198.51.100.1" }),
    });
    expect([again.status, more.status]).toEqual([200, 429]);
  });

  it("goes on with limits of its own while their store is down", async () => {
    const one = await saying("yes");
    const { url, faults } = await gateway({
      ...provided(one),
      limits: { store: "redis://127.0.0.1:1", models: [{ models: ["m"], requests: 2 }] },
    });
    const statuses: number[] = [];
    for (let turn = 0; turn < 3; turn++) statuses.push((await chat(url, { body: asks("a") })).status);
    expect(statuses).toEqual([200, 200, 429]);
    expect(faults.length).toBeGreaterThan(0);
  });
});
