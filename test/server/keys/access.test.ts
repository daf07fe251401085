/** Who is let in by an app key, and what is counted of it. */
import type { IncomingMessage } from "node:http";
import { Keyv } from "keyv";
import type { KeyvLike } from "reprise";
import { describe, expect, it, onTestFinished } from "vitest";
import { createAccess } from "../../../server/keys/access.js";
import { digestOf, newSecret } from "../../../server/keys/app-key.js";
import { type KeyStore, openKeyStore } from "../../../server/keys/key-store.js";
import { adminSection, keysSection } from "../../../server/keys/schema.js";
import type { GatewayRequest, Trace } from "../../../server/stages.js";

function stored(): KeyStore {
  const store = new Keyv() as unknown as KeyvLike;
  const keys = openKeyStore({ store, namespace: "default", pollInterval: 0, flushInterval: 0 });
  onTestFinished(() => keys.close());
  return keys;
}

const asking = (...headers: string[]): GatewayRequest =>
  ({ incoming: { rawHeaders: headers } as unknown as IncomingMessage }) as GatewayRequest;
const bearer = (secret: string): GatewayRequest => asking("Reprise-Auth", `Bearer ${secret}`);

const config = keysSection.parse({});

describe("access by app keys", () => {
  it("lets in whoever has a key, as whom the key says", async () => {
    const store = stored();
    const { key, secret } = await store.vend({
      name: "a",
      namespace: "team",
      models: ["gpt-5*"],
      limits: { tokens: 5 },
    });
    const plain = await store.vend({ name: "b" });
    const access = createAccess({ config, store });
    const caller = { id: key.id, namespace: "team", models: ["gpt-5*"], limits: { tokens: 5 } };
    expect(await access.admit(bearer(secret))).toEqual(caller);
    expect(await access.admit(asking("REPRISE-AUTH", `bearer  ${secret} `))).toEqual(caller);
    const open = { id: plain.key.id, namespace: plain.key.id, models: undefined };
    expect(await access.admit(bearer(plain.secret))).toEqual(open);
  });

  it("refuses everyone else with what is wrong, and what was sent stands in no refusal", async () => {
    const store = stored();
    const { key, secret } = await store.vend({ name: "a" });
    const revoked = await store.vend({ name: "b" });
    await store.revoke(revoked.key.id);
    await store.rotate(key.id, 0);
    const access = createAccess({ config, store });
    const cases: [GatewayRequest, string][] = [
      [asking(), "needs an app key"],
      [asking("Authorization", `Bearer ${secret}`), "needs an app key"],
      [asking("Reprise-Auth", secret), "send one app key"],
      [asking("Reprise-Auth", `Bearer ${secret}`, "Reprise-Auth", `Bearer ${secret}`), "send one app key"],
      [bearer(newSecret()), "not known"],
      [bearer("a-token-of-a-proxy"), "not known"],
      [bearer(revoked.secret), "revoked"],
      [bearer(secret), "another secret"],
    ];
    for (const [request, says] of cases) {
      const refused = await access.admit(request);
      expect(refused).toMatchObject({ to: "refuse", status: 401, message: expect.stringContaining(says) });
      expect(JSON.stringify(refused)).not.toMatch(/rk_[\w-]{9}/);
    }
  });

  it("knows keys that the configuration lists by their digests, without a store too", async () => {
    const [secret, old] = [newSecret(), newSecret()];
    const listed = [
      { name: "ci", digest: `sha256:${digestOf(secret)}`, models: ["gpt-5"], limits: { requests: 2 } },
      { name: "old", digest: `sha256:${digestOf(old)}`, expires: "2020-01-01T00:00:00Z" },
    ];
    const access = createAccess({ config: keysSection.parse({ listed }), store: undefined });
    const caller = { id: "ci", namespace: "ci", models: ["gpt-5"], limits: { requests: 2 } };
    expect(await access.admit(bearer(secret))).toEqual(caller);
    expect(await access.admit(bearer(old))).toMatchObject({
      status: 401,
      message: expect.stringContaining("expired"),
    });
    expect(await access.admit(bearer(newSecret()))).toMatchObject({ status: 401 });
  });

  it("cannot tell while the store is down: 503, and when to come again", async () => {
    const kept = new Keyv() as unknown as KeyvLike;
    const down = (): never => {
      throw new Error("down");
    };
    const store = openKeyStore({
      store: Object.assign(Object.create(kept) as KeyvLike, { get: down, getRaw: down, getMany: down }),
      namespace: "default",
    });
    onTestFinished(() => store.close());
    const refused = await createAccess({ config, store }).admit(bearer(newSecret()));
    expect(refused).toMatchObject({ status: 503, retryAfter: 5 });
  });

  it("counts calls, hits and tokens of those it has let in", async () => {
    const store = stored();
    const access = createAccess({ config, store });
    const caller = { id: "a", namespace: "a", models: undefined };
    const saved = { inputTokens: 30, outputTokens: 3 };
    const none = { inputTokens: 0, outputTokens: 0 };
    const usage = { inputTokens: 100, outputTokens: 10 };
    const traces: Partial<Trace>[] = [
      { caller, cache: { status: "miss", saved: none }, usage },
      { caller, cache: { status: "hit", saved } },
      { caller, usage: { inputTokens: Number.NaN, outputTokens: -1 } },
      { caller, stoppedBy: "limits" },
      { caller, stoppedBy: "access" },
      { caller: undefined, stoppedBy: "access", usage },
      { caller: { id: undefined, namespace: undefined, models: undefined }, usage },
    ];
    for (const trace of traces) access.note?.(trace as Trace);
    const counted = {
      calls: 3,
      hits: 1,
      inputTokens: 100,
      outputTokens: 10,
      savedInputTokens: 30,
      savedOutputTokens: 3,
    };
    expect([...store.usage()]).toEqual([["a", counted]]);
  });
});

describe("the configuration of keys", () => {
  it("takes each name and each digest once, and digests as they are printed", () => {
    const digest = `sha256:${"0".repeat(64)}`;
    const twice = keysSection.safeParse({
      listed: [
        { name: "a", digest },
        { name: "a", digest },
      ],
    });
    expect(twice.error?.issues.map(({ path }) => path.join("."))).toEqual([
      "listed.1.name",
      "listed.1.digest",
    ]);
    for (const wrong of [digest.slice(7), digest.slice(0, -1), digest.toUpperCase(), newSecret()])
      expect(keysSection.safeParse({ listed: [{ name: "a", digest: wrong }] }).success).toBe(false);
    expect(adminSection.safeParse({}).error?.issues[0]?.path).toEqual(["token"]);
    expect(adminSection.safeParse({ token: "too-short" }).success).toBe(false);
    expect(adminSection.parse({ token: "long-enough-for-a-token" })).toMatchObject({
      host: "127.0.0.1",
      exposed: false,
    });
  });
});
