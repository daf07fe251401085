/** The admin API by real requests: what it does, and whom it does nothing for. */
import type { KeyvLike } from "reprise";
import { RepriseError } from "reprise";
import { describe, expect, it, onTestFinished } from "vitest";
import { adminRoutes } from "../../../server/admin/app.js";
import { isLoopback, startAdmin } from "../../../server/admin/index.js";
import { type KeyStore, openKeyStore } from "../../../server/keys/key-store.js";
import type { ShownKey, ShownSecret, ShownUsage } from "../../../server/keys/shown.js";
import { send } from "../support.js";

const TOKEN = "an-admin-token-of-some-length";

function memory(): KeyvLike & { isDown: boolean } {
  const kept = new Map<string, string>();
  const answer = async <Value>(value: () => Value): Promise<Value> => {
    if (store.isDown) throw new Error("down: redis://user:password@host");
    return value();
  };
  const store = {
    isDown: false,
    get: (key: string) => answer(() => kept.get(key)),
    getMany: (keys: string[]) => answer(() => keys.map((key) => kept.get(key))),
    set: (key: string, value: string) => answer(() => void kept.set(key, value)),
    delete: (key: string) => answer(() => kept.delete(key)),
    on: () => undefined,
  };
  return store;
}

async function started({ store = memory(), tokens = [TOKEN, "another-token-of-some-length"] } = {}) {
  const keys = openKeyStore({ store, namespace: "default", pollInterval: 0, flushInterval: 0 });
  const faults: unknown[] = [];
  const admin = await startAdmin(
    { host: "127.0.0.1", port: 0, exposed: false },
    { keys, tokens, onFault: (error) => faults.push(error) },
  );
  onTestFinished(async () => {
    await admin.stop();
    await keys.close();
  });
  async function ask<Value>(
    path: string,
    {
      method = "GET",
      body,
      headers = {},
    }: { method?: string; body?: unknown; headers?: Record<string, string> } = {},
  ): Promise<{ status: number; value: Value; text: string; headers: Record<string, unknown> }> {
    const text = typeof body === "string" ? body : body === undefined ? undefined : JSON.stringify(body);
    const all = {
      Authorization: `Bearer ${TOKEN}`,
      ...(text !== undefined && {
        "Content-Type": "application/json",
        "Content-Length": String(Buffer.byteLength(text)),
      }),
      ...headers,
    };
    const got = await send(`${admin.url}${path}`, {
      method,
      headers: Object.entries(all).flat(),
      ...(text !== undefined && { body: text }),
    });
    const said = got.body.toString();
    return { status: got.status, value: JSON.parse(said || "null"), text: said, headers: got.headers };
  }
  return { admin, keys, faults, store, ask };
}

describe("the admin API", () => {
  it("vends, lists, rotates and revokes, and tells a secret once", async () => {
    const { ask, keys } = await started();
    const settings = {
      name: "agents",
      namespace: "team",
      models: ["gpt-5*"],
      limits: { requests: 60, tokens: 9_000 },
    };
    const vended = await ask<ShownSecret>("/keys", {
      method: "POST",
      body: { ...settings, expires: "2126-01-01T00:00:00Z" },
    });
    const { id, secret } = vended.value;
    expect(vended.status).toBe(201);
    expect(vended.headers["cache-control"]).toBe("no-store");
    expect(vended.value).toMatchObject({
      ...settings,
      standing: "valid",
      expires: "2126-01-01T00:00:00.000Z",
    });
    expect(await keys.open(secret)).toMatchObject({ id, namespace: "team" });

    const rotated = await ask<ShownSecret>(`/keys/${id}/rotate`, { method: "POST", body: { grace: 60 } });
    expect(rotated.value).toMatchObject({ id, old_until: expect.any(String) });
    for (const known of [secret, rotated.value.secret]) expect(await keys.open(known)).toMatchObject({ id });
    const listed = await ask<{ keys: ShownKey[]; is_current: boolean }>("/keys");
    expect(listed.value).toMatchObject({ is_current: true, keys: [{ id, name: "agents" }] });
    const one = await ask<ShownKey>(`/keys/${id}`);
    expect(one.value).toMatchObject({ id, standing: "valid" });

    keys.count(id, { calls: 2, hits: 1, inputTokens: 5 });
    const usage = await ask<{ usage: ShownUsage[] }>("/usage");
    expect(usage.value.usage).toMatchObject([{ id, name: "agents", calls: 2, hits: 1, input_tokens: 5 }]);
    expect((await ask<{ usage: ShownUsage[] }>("/usage?month=2020-01")).value.usage).toMatchObject([
      { calls: 0 },
    ]);

    const revoked = await ask<ShownKey>(`/keys/${id}`, { method: "DELETE" });
    expect(revoked.value).toMatchObject({ id, standing: "revoked" });
    expect(await keys.open(secret)).toBe("revoked");
    expect((await ask(`/keys/${id}/rotate`, { method: "POST", body: {} })).status).toBe(404);
    const said = [listed, one, usage, revoked].map(({ text }) => text).join();
    for (const hidden of [secret, rotated.value.secret, TOKEN]) expect(said).not.toContain(hidden);
  });

  it("does nothing without a token, whatever is asked and however a token is written", async () => {
    const { ask, keys } = await started();
    const { key } = await keys.vend({ name: "kept" });
    // Every route there is, by the application itself, and some that are not there.
    const app = adminRoutes({ keys, tokens: [TOKEN], onFault: () => undefined });
    const routes = app.routes.filter(({ path }) => path !== "/*");
    expect(routes.length).toBeGreaterThanOrEqual(6);
    const targets = [
      ...routes.map(({ method, path }) => ({ method, path: path.replace(":id", key.id) })),
      ...["GET", "POST", "PUT", "HEAD", "OPTIONS", "DELETE", "PATCH"].flatMap((method) =>
        ["/", "/keys/", "/nothing", "/keys/../usage", "//keys"].map((path) => ({ method, path })),
      ),
    ];
    const wrong: Record<string, string>[] = [
      { Authorization: "" },
      { Authorization: "Bearer" },
      { Authorization: `Bearer ${TOKEN}x` },
      { Authorization: `Bearer ${TOKEN.slice(0, -1)}` },
      { Authorization: `Basic ${TOKEN}` },
      { Authorization: TOKEN },
      { Authorization: "Bearer undefined" },
      { Authorization: "", "Reprise-Auth": `Bearer ${TOKEN}`, "X-Forwarded-For": "127.0.0.1" },
    ];
    for (const { method, path } of targets)
      for (const headers of wrong) {
        const got = await ask(path, { method, headers, ...(method === "POST" && { body: { name: "new" } }) });
        expect([method, path, headers, got.status]).toEqual([method, path, headers, 401]);
      }
    expect(keys.list()).toMatchObject([{ id: key.id, standing: "valid" }]);
    const second = await ask("/keys", { headers: { Authorization: "bearer another-token-of-some-length" } });
    expect(second.status).toBe(200);
  });

  it("takes nothing but small JSON with fields that there are, and says which one is wrong", async () => {
    const { admin, ask, keys, faults } = await started();
    const canary = "sk-canary";
    const bad: [unknown, number, string][] = [
      ["{", 400, "no JSON"],
      ["null", 400, "the body"],
      [{}, 400, "name"],
      [{ name: "" }, 400, "name"],
      [{ name: "x", limit: canary }, 400, '"limit"'],
      [{ name: "x", limits: { requests: 0 } }, 400, "limits.requests"],
      [{ name: "x", limits: { [canary.slice(3)]: 1 } }, 400, "limits"],
      [{ name: "x", models: canary }, 400, "models"],
      [{ name: "x", expires: canary }, 400, "expires"],
      [{ name: "x", expires: "2020-01-01T00:00:00Z" }, 400, "passed"],
      [{ name: "x".repeat(70_000) }, 413, "65536 bytes"],
    ];
    for (const [body, status, says] of bad) {
      const got = await ask<{ error: { message: string } }>("/keys", { method: "POST", body });
      expect([body, got.status]).toEqual([body, status]);
      expect(got.value.error.message).toContain(says);
      expect(got.text).not.toContain(canary);
    }
    const form = { "Content-Type": "application/x-www-form-urlencoded" };
    expect((await ask("/keys", { method: "POST", body: '{"name":"x"}', headers: form })).status).toBe(415);
    // One that does not say how long it is.
    const pieces = Array.from({ length: 70 }, () => Buffer.alloc(1_024, " "));
    const headers = ["Authorization", `Bearer ${TOKEN}`, "Content-Type", "application/json"];
    expect((await send(`${admin.url}/keys`, { method: "POST", headers, body: pieces })).status).toBe(413);
    expect((await ask("/usage?month=11", { headers: {} })).status).toBe(400);
    expect((await ask("/keys/nobody")).status).toBe(404);
    expect((await ask("/keys/nobody", { method: "DELETE" })).status).toBe(404);
    expect((await ask("/nothing")).status).toBe(404);
    expect(keys.list()).toEqual([]);
    expect(faults).toEqual([]);
  });

  it("says that it cannot tell while the store is down, and nothing of the store", async () => {
    const { ask, store } = await started();
    const { value } = await ask<ShownSecret>("/keys", { method: "POST", body: { name: "known" } });
    store.isDown = true;
    for (const [path, method] of [
      ["/keys", "POST"],
      [`/keys/${value.id}/rotate`, "POST"],
      [`/keys/${value.id}`, "DELETE"],
    ] as const) {
      const got = await ask(path, {
        method,
        ...(method === "POST" && { body: path === "/keys" ? { name: "x" } : {} }),
      });
      expect([path, got.status, got.headers["retry-after"]]).toEqual([path, 503, "5"]);
      expect(got.text).not.toContain("redis");
    }
    expect((await ask<object>("/keys")).value).toMatchObject({ is_current: false });
  });

  it("listens on this machine alone, unless it is said that it is for others", async () => {
    const keys = {} as KeyStore;
    const context = { keys, tokens: [TOKEN], onFault: () => undefined };
    for (const host of ["0.0.0.0", "::", "192.0.2.1", "example.org", ""]) {
      expect([host, isLoopback(host)]).toEqual([host, false]);
      await expect(startAdmin({ host, port: 0, exposed: false }, context)).rejects.toThrow(RepriseError);
    }
    for (const host of ["127.0.0.1", "127.1.2.3", "::1", "localhost"]) expect(isLoopback(host)).toBe(true);
    const open = await startAdmin({ host: "0.0.0.0", port: 0, exposed: true }, context);
    await open.stop();
    const none = startAdmin({ host: "127.0.0.1", port: 0, exposed: false }, { ...context, tokens: [] });
    await expect(none).rejects.toThrow('"token"');
  });
});
