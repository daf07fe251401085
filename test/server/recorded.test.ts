import { createCache } from "reprise";
import { describe, expect, it } from "vitest";
import { recorderFor } from "../../server/recorded.js";
import { calls, says, user } from "../support/cache.js";
import { proxy, scripted, send } from "./support.js";

const completion = (message: object) => ({
  id: "chatcmpl-1",
  object: "chat.completion",
  created: 1,
  model: "gpt-5-mini",
  choices: [{ index: 0, message, finish_reason: "stop" }],
  usage: { prompt_tokens: 9, completion_tokens: 4, total_tokens: 13 },
});
const request = (name: string) => ({ model: "gpt-5-mini", messages: [user(`Write a welcome for ${name}.`)] });

describe("a recorded call", () => {
  it("is served by a proxy that all share, which has never seen it, and its template is learned", async () => {
    const upstream = await scripted(() => ({ reply: says("asked") }));
    const cache = createCache({ auditRate: 0 });
    const record = recorderFor(cache, new URL(upstream.url));
    for (const name of ["Erik Dunteman", "Ann Marsh", "Raj Patel"]) {
      const response = completion({ role: "assistant", content: `Welcome, ${name}!` });
      expect(await record({ request: { ...request(name), stream: false }, response })).toBeUndefined();
      await cache.settled();
    }
    const { url } = await proxy(upstream.url, { share: true }, cache);
    for (const [name, detail] of [
      ["Ann Marsh", "exact"],
      ["Lena Olsen", "template"],
    ] as const) {
      const { headers, body } = await send(`${url}/v1/chat/completions`, {
        method: "POST",
        headers: ["Content-Type", "application/json", "Authorization", "Bearer anyone"],
        body: JSON.stringify(request(name)),
      });
      expect(headers["cache-status"]).toBe(`reprise; hit; detail=${detail}`);
      expect(body.toString()).toContain(`Welcome, ${name}!`);
    }
    expect(upstream.asked).toEqual([]);
  });

  it("that must not be learned is not, and says why", async () => {
    const cache = createCache();
    const record = recorderFor(cache, new URL("https://api.openai.com/v1"));
    const cut = completion({ role: "assistant", content: "Welc" });
    const response = { ...cut, choices: [{ ...cut.choices[0], finish_reason: "length" }] };
    expect(await record({ request: request("Ann"), response })).toBe("finish-reason");
    const broken = completion(calls("find", "{"));
    expect(await record({ request: request("Ann"), response: broken })).toBe("invalid-arguments");
    expect(cache.stats().exchanges).toBe(0);
    await cache.close();
  });
});
