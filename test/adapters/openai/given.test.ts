/**
 * Who was given a reply from the cache goes on from it by its ids alone, as with any other reply of the
 * Responses API.
 */
import { createOpenAI } from "@ai-sdk/openai";
import { generateText, isStepCount, tool } from "ai";
import OpenAI from "openai";
import { createCache } from "reprise";
import { repriseFetch } from "reprise/openai";
import type { ModelScript } from "reprise/testing";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { createGiven } from "../../../adapters/openai/responses/given.js";
import { scriptedProvider } from "./support.js";

const baseURL = "http://provider.test/v1";

function setup(script: ModelScript) {
  const provider = scriptedProvider(script);
  const fetch = repriseFetch(createCache({ auditRate: 0 }), { fetch: provider.fetch });
  return { provider, fetch, client: new OpenAI({ apiKey: "sk-test", baseURL, maxRetries: 0, fetch }) };
}

describe("after a hit", () => {
  const script: ModelScript = ({ index }) => ({
    reply: {
      role: "assistant",
      content: [
        { type: "reasoning", text: "They ask." },
        { type: "text", text: `answer ${index}` },
      ],
    },
  });

  it("previous_response_id stands for the whole conversation, which the provider is told in full", async () => {
    const { client, provider } = setup(script);
    const ask = async (input: string, previous?: string) =>
      client.responses.create({
        model: "m",
        input,
        ...(previous !== undefined && { previous_response_id: previous }),
      });
    await ask("one");
    const hit = await ask("one");
    const next = await ask("two", hit.id);
    expect([hit.output_text, next.output_text, provider.calls()]).toEqual(["answer 0", "answer 1", 2]);
    const sent = provider.bodies[1] as {
      input: { id?: string; type?: string; role?: string }[];
      previous_response_id?: string;
    };
    expect(sent.previous_response_id).toBeUndefined();
    expect(sent.input.map(({ id, type = "message", role }) => [id, type, role])).toEqual([
      [undefined, "message", "user"],
      [undefined, "message", "assistant"],
      [undefined, "message", "user"],
    ]);
    // The conversation in full is one that the cache can know.
    const [again, last] = [await ask("two", hit.id), await ask("three", next.id)];
    expect([again.output_text, last.output_text, provider.calls()]).toEqual(["answer 1", "answer 2", 3]);
    expect(provider.bodies[2]).toMatchObject({ previous_response_id: next.id, input: "three" });
  });

  it("the AI SDK goes on by references to items, and the provider meets none that it does not know", async () => {
    const { fetch, provider } = setup(({ messages }) => {
      const last = messages.at(-1) as { type?: string; output?: string };
      if (last.type === "function_call_output")
        return { reply: { role: "assistant", content: `It is ${last.output}.` } };
      return {
        reply: {
          role: "assistant",
          content: "Let me see.",
          tool_calls: [{ id: "c1", type: "function", function: { name: "look", arguments: "{}" } }],
        },
      };
    });
    let looked = 0;
    const run = async () =>
      generateText({
        model: createOpenAI({ apiKey: "sk-test", baseURL, fetch }).responses("m"),
        prompt: "Look",
        tools: { look: tool({ inputSchema: z.object({}), execute: () => `sight ${++looked}` }) },
        stopWhen: isStepCount(3),
      });
    expect((await run()).text).toBe("It is sight 1.");
    expect((await run()).text).toBe("It is sight 2.");
    expect(provider.calls()).toBe(3);
    expect(JSON.stringify(provider.bodies)).not.toContain("_reprise_");
  });
});

describe("what was given", () => {
  const ours = (kind: string, digit: string): string => `${kind}_reprise_${digit.repeat(32)}`;
  const message = (id: string) => ({
    id,
    type: "message",
    role: "assistant",
    content: [{ type: "output_text", text: "x" }],
  });

  it("is told to nobody else", () => {
    const given = createGiven();
    given.note({ id: ours("resp", "a"), output: [message(ours("msg", "b"))] }, { input: "hello" }, "one");
    const body = {
      previous_response_id: ours("resp", "a"),
      input: [{ type: "item_reference", id: ours("msg", "b") }],
    };
    expect(given.restored(body, "another")).toEqual(body);
    expect(given.restored(body, "one")?.input).toHaveLength(3);
  });

  it("is not remembered where nothing is to be stored, and not for ever", () => {
    const given = createGiven();
    given.note({ id: ours("resp", "a"), output: [] }, { input: "hello", store: false }, "one");
    expect(given.restored({ previous_response_id: ours("resp", "a"), input: "next" }, "one")).toBeUndefined();
    for (const digit of ["b", "c", "d"])
      given.note({ id: ours("resp", digit), output: [] }, { input: digit.repeat(7_000_000) }, "one");
    expect(given.restored({ previous_response_id: ours("resp", "b"), input: "next" }, "one")).toBeUndefined();
    expect(given.restored({ previous_response_id: ours("resp", "d"), input: "next" }, "one")).toBeDefined();
  });
});
