/** What a parser of Prometheus' text makes of `/metrics`. */
// @ts-expect-error: it has no types of its own.
import parse from "parse-prometheus-text-format";
import { createCache } from "reprise";
import { describe, expect, it } from "vitest";
import { says } from "../support/cache.js";
import { proxy, scripted, send } from "./support.js";

interface Sample {
  readonly value?: string;
  readonly labels?: Readonly<Record<string, string>>;
}

async function scrape(url: string, headers: string[] = []) {
  const { status, headers: got, body } = await send(`${url}/metrics`, { headers });
  const families = (status === 200 ? parse(body.toString()) : []) as {
    name: string;
    type: string;
    metrics: Sample[];
  }[];
  return { status, type: got["content-type"], text: body.toString(), families };
}

const valueOf = (
  families: Awaited<ReturnType<typeof scrape>>["families"],
  name: string,
  labels = {},
): number => {
  const samples = families.find((family) => family.name === name)?.metrics ?? [];
  const found = samples.find((sample) =>
    Object.entries(labels).every(([key, value]) => sample.labels?.[key] === value),
  );
  return Number(found?.value ?? Number.NaN);
};

const call = (url: string, text: string, model = "gpt-5-mini", headers: string[] = []) =>
  send(`${url}/v1/chat/completions`, {
    method: "POST",
    headers: ["Content-Type", "application/json", ...headers],
    body: JSON.stringify({ model, messages: [{ role: "user", content: text }] }),
  });

describe("/metrics", () => {
  it("counts calls, hits, misses, tokens, seconds and templates", async () => {
    const upstream = await scripted(() => ({ reply: says("Hi there") }));
    const cache = createCache({ auditRate: 0, prices: () => 0.5 });
    const { url } = await proxy(upstream.url, {}, cache);
    await call(url, "Hello");
    await cache.settled();
    await call(url, "Hello");
    const { status, type, text, families } = await scrape(url);
    // The parser keeps one series of a histogram.
    expect(text).toContain('reprise_lookup_seconds_count{outcome="hit"} 1\n');
    expect(text).toContain('reprise_upstream_seconds_count{outcome="answered"} 1\n');
    expect(families.find(({ name }) => name === "reprise_lookup_seconds")?.type).toBe("HISTOGRAM");
    expect([status, type]).toEqual([200, expect.stringContaining("text/plain; version=0.0.4")]);
    for (const [name, labels, value] of [
      ["reprise_requests_total", { outcome: "hit" }, 1],
      ["reprise_requests_total", { outcome: "miss" }, 1],
      ["reprise_hits_total", { match: "exact" }, 1],
      ["reprise_misses_total", { reason: "unseen" }, 1],
      ["reprise_exchanges", {}, 1],
      ["reprise_templates", { standing: "live" }, 0],
      ["reprise_queue_waiting", {}, 0],
      ["reprise_wrong_hits_total", {}, 0],
    ] as const)
      expect([name, valueOf(families, name, labels)]).toEqual([name, value]);
    expect(families.find(({ name }) => name === "reprise_hits_total")?.type).toBe("COUNTER");
    expect(families.find(({ name }) => name === "reprise_templates")?.type).toBe("GAUGE");
    expect(valueOf(families, "reprise_saved_dollars_total")).toBeGreaterThan(0);
  });

  it("has no label that a client can blow up, and no content", async () => {
    const upstream = await scripted(() => ({ reply: says("canary-reply") }));
    const { url, cache } = await proxy(upstream.url);
    const before = (await scrape(url)).text.split("\n").length;
    for (let index = 0; index < 60; index++) {
      await call(url, `canary-${index}`, `model-${index}`, ["Authorization", `Bearer key-${index}`]);
      await send(`${url}/v1/path-${index}`);
    }
    await cache.settled();
    const { text } = await scrape(url);
    expect(text).not.toMatch(/canary|model-\d|key-\d|path-\d/);
    expect(text.split("\n").length).toBeLessThan(before + 40);
  });

  it("is for this machine, or with the token, also as Prometheus sends it", async () => {
    const token = "a-token-of-sixteen";
    const upstream = await scripted(() => ({ reply: says("Hi") }));
    const { url } = await proxy(upstream.url, { tokens: [token] });
    const far = ["X-Forwarded-For", "203.0.113.9"];
    expect((await scrape(url, far)).status).toBe(401);
    expect((await scrape(url, [...far, "Authorization", "Bearer wrong-token-of-sixteen"])).status).toBe(401);
    expect((await scrape(url, [...far, "Authorization", `Bearer ${token}`])).status).toBe(200);
    expect((await scrape(url, [...far, "Reprise-Auth", `Bearer ${token}`])).status).toBe(200);
    expect((await scrape(url)).status).toBe(200);
    expect(upstream.asked).toEqual([]);
  });
});
