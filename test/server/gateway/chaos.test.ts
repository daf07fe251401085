/**
 * Fifty clients at once before providers that fail in every way. `npm run proof:chaos` runs it for a minute
 * and prints the table of `bench/findings.md`.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { createCache } from "reprise";
import { Agent, request } from "undici";
import { describe, expect, it, onTestFinished } from "vitest";
import { randomFrom } from "../../support/traffic.js";
import { type Provider, provider } from "../support.js";
import { completion, gateway } from "./support.js";

const SECONDS = Number(process.env.REPRISE_CHAOS_SECONDS ?? 3);
const CLIENTS = 50;
const [SHARE, RESERVE, ATTEMPTS] = [0.5, 20, 4];

const WAYS = [
  ...["status 500", "status 503", "status 429", "delay", "cut before a reply", "cut in a reply", "garbage"],
  ...["slow first byte", "head and no body"],
] as const;
type Way = (typeof WAYS)[number] | "answers" | "down for a while";

/** What providers were asked about one question, in order, and whether something of a reply had begun. */
interface Asked {
  readonly way: Way;
  hasBegun: boolean;
}

interface Scene {
  readonly asked: Map<string, Asked[]>;
  readonly ways: Map<Way, number>;
}

/** A provider that fails in each way now and then, and is down for a while now and then. */
function failing(name: string, seed: number, { asked, ways }: Scene): Promise<Provider> {
  const chance = randomFrom(seed);
  let downUntil = 0;
  return provider(async (_, outgoing, body) => {
    const { stream, messages } = JSON.parse(body.toString()) as {
      stream?: boolean;
      messages: { content: string }[];
    };
    const question = messages[0]?.content ?? "";
    if (chance() < 0.002) downUntil = Date.now() + 300;
    const way: Way =
      Date.now() < downUntil
        ? "down for a while"
        : chance() < 0.65
          ? "answers"
          : (WAYS[Math.floor(chance() * WAYS.length)] ?? "answers");
    ways.set(way, (ways.get(way) ?? 0) + 1);
    const noted: Asked = { way, hasBegun: false };
    asked.set(question, [...(asked.get(question) ?? []), noted]);
    const text = `${question} says ${name}`;
    const json = { "content-type": "application/json" };
    const status = /^status (\d+)$/.exec(way)?.[1];
    if (status)
      return outgoing
        .writeHead(Number(status), { ...json, "retry-after-ms": "5" })
        .end(JSON.stringify({ error: { message: "no" } }));
    if (way === "down for a while" || way === "cut before a reply") return outgoing.destroy();
    if (way === "delay") await sleep(30);
    if (way === "slow first byte") await sleep(2_000);
    if (way === "head and no body") {
      outgoing.writeHead(200, json);
      outgoing.flushHeaders();
      return outgoing.destroy();
    }
    if (outgoing.destroyed) return undefined;
    noted.hasBegun = true;
    if (way === "garbage") return outgoing.writeHead(200, { "content-type": "text/html" }).end("<html>");
    if (!stream) {
      const whole = JSON.stringify(completion(text));
      if (way !== "cut in a reply") return outgoing.writeHead(200, json).end(whole);
      outgoing.writeHead(200, { ...json, "content-length": whole.length });
      return outgoing.write(whole.slice(0, 40), () => outgoing.destroy());
    }
    outgoing.writeHead(200, { "content-type": "text/event-stream" });
    const pieces = text.match(/\S+\s*/g) ?? [];
    for (const [index, content] of pieces.entries()) {
      if (way === "cut in a reply" && index === 2) return outgoing.destroy();
      await new Promise((resolve) => outgoing.write(chunk({ content }), resolve));
    }
    return outgoing.end(`${chunk({}, "stop")}data: [DONE]\n\n`);
  });
}

const chunk = (delta: object, finish: string | null = null): string =>
  `data: ${JSON.stringify({ id: "c", object: "chat.completion.chunk", created: 1, model: "m", choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`;

/** The text of a stream; `undefined` where it has no end. */
function streamed(body: string): string | undefined {
  if (!body.endsWith("data: [DONE]\n\n")) return undefined;
  return [...body.matchAll(/^data: (\{.*\})$/gm)]
    .map(([, data = "{}"]) => JSON.parse(data) as { choices: { delta: { content?: string } }[] })
    .map(({ choices }) => choices[0]?.delta.content ?? "")
    .join("");
}

describe("fifty clients before providers that fail in every way", () => {
  it(
    `each request of ${SECONDS} seconds is answered once, by its own reply or by an error`,
    async () => {
      const scene: Scene = { asked: new Map(), ways: new Map() };
      const providers = await Promise.all(
        ["one", "two", "three"].map((name, at) => failing(name, at + 1, scene)),
      );
      const cache = createCache({ auditRate: 0, policy: "exact" });
      const { url } = await gateway(
        {
          providers: Object.fromEntries(
            providers.map((each, at) => [
              ["one", "two", "three"][at],
              {
                ...{ base_url: each.url, timeouts: { first_byte: 1 }, breaker: { failures: 8, rest: 0.2 } },
                keys: [{ key: "sk-a" }, { key: "sk-b" }],
                rest: 0.05,
              },
            ]),
          ),
          routes: [{ models: ["*"], providers: ["one", "two", "three"], strategy: "round-robin" }],
          failover: {
            ...{ attempts: ATTEMPTS, backoff: { initial: 0.01, max: 0.1 } },
            budget: { share: SHARE, reserve: RESERVE },
          },
        },
        { cache, every: 1_000 },
      );
      const agent = new Agent({ connections: CLIENTS });
      onTestFinished(() => agent.destroy());
      const told = new Map<string, number>();
      const wrong: string[] = [];
      const known = new Map<string, string>();
      let [serial, requests, fresh] = [0, 0, 0];
      const chance = randomFrom(99);
      const count = (what: string): void => void told.set(what, (told.get(what) ?? 0) + 1);

      async function ask(): Promise<void> {
        const old = chance() < 0.2 ? [...known.keys()][Math.floor(chance() * known.size)] : undefined;
        const question = old ?? `question-${serial++}`;
        const stream = chance() < 0.5;
        requests++;
        if (old === undefined) fresh++;
        const body = JSON.stringify({ model: "m", stream, messages: [{ role: "user", content: question }] });
        const headers = { "content-type": "application/json" };
        const reply = await request(`${url}/v1/chat/completions`, {
          method: "POST",
          headers,
          body,
          dispatcher: agent,
        });
        const isHit = /; hit/.test(String(reply.headers["cache-status"]));
        let text: string;
        try {
          text = await reply.body.text();
        } catch {
          if (!stream) wrong.push(`${question}: a plain reply broke off`);
          return count("a stream that its provider cut, cut");
        }
        if (reply.statusCode !== 200) {
          if (!/"error"/.test(text)) wrong.push(`${question}: ${reply.statusCode} without an error`);
          if (known.has(question)) wrong.push(`${question}: was known, and is refused`);
          return count(`an error with status ${reply.statusCode}`);
        }
        if (text === "<html>") return count("garbage, as it came");
        const got = stream
          ? streamed(text)
          : (JSON.parse(text) as ReturnType<typeof completion>).choices[0]?.message.content;
        if (!/^question-\d+ says (?:one|two|three)$/.test(got ?? "") || got?.split(" ")[0] !== question)
          wrong.push(`${question}: got ${got ?? "a stream without its end"}`);
        if (old !== undefined && (!isHit || got !== known.get(question)))
          wrong.push(`${question}: ${isHit ? "a hit that says something else" : "known, and asked again"}`);
        if (got !== undefined) known.set(question, got);
        count(isHit ? "a hit" : stream ? "a stream" : "a plain reply");
      }
      const until = performance.now() + SECONDS * 1_000;
      async function client(): Promise<void> {
        while (performance.now() < until) await ask();
      }
      await Promise.all(Array.from({ length: CLIENTS }, client));

      expect(wrong).toEqual([]);
      const tries = [...scene.asked.values()];
      // Nothing is asked again once its reply has begun. On a machine that is late by a second, the gateway has
      // given up before it could read what was there: no more often than it has given up without a cause.
      const again = tries.filter((each) => each.slice(0, -1).some(({ hasBegun }) => hasBegun)).length;
      const metrics = await (await request(`${url}/metrics`)).body.text();
      const given = [...metrics.matchAll(/attempts_total\{[^}]*outcome="timeout"\} (\d+)/g)];
      const late = given.reduce((sum, [, times]) => sum + Number(times), 0);
      expect(again).toBeLessThanOrEqual(Math.max(0, late - (scene.ways.get("slow first byte") ?? 0)));
      expect(Math.max(...tries.map(({ length }) => length))).toBeLessThanOrEqual(ATTEMPTS);
      const retries = tries.reduce((sum, { length }) => sum + length - 1, 0);
      expect(retries).toBeLessThanOrEqual(RESERVE + SHARE * requests);
      expect([...told.values()].reduce((sum, each) => sum + each, 0)).toBe(requests);
      expect(told.get("a hit") ?? 0).toBeGreaterThan(0);
      if (SECONDS > 10) {
        const table = (title: string, rows: Iterable<readonly [string, number]>): string =>
          [`| ${title} | |`, "|---|---|", ...[...rows].map(([what, times]) => `| ${what} | ${times} |`)].join(
            "\n",
          );
        console.log(
          [
            `${again} asked again though begun, ${late} time-outs; ${requests} requests in ${SECONDS} s, ${fresh} of them new questions; ${retries} retries (budget: ${RESERVE + SHARE * requests})`,
            table("clients got", told),
            table("providers", scene.ways),
          ].join("\n\n"),
        );
      }
    },
    SECONDS * 1_000 + 30_000,
  );
});
