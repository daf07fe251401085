/** Checks of the environment, in agents of both frameworks: the same cases for each. */

import type { LanguageModelV4Content, LanguageModelV4StreamPart } from "@ai-sdk/provider";
import { generateText, isStepCount, streamText, tool, wrapLanguageModel } from "ai";
import { MockLanguageModelV4 } from "ai/test";
import { createAgent, createMiddleware, tool as langchainTool } from "langchain";
import { type Cache, type CacheEvents, type CacheOptions, type Check, createCache } from "reprise";
import { repriseMiddleware, wrapTools } from "reprise/ai-sdk";
import { repriseMiddleware as langchainMiddleware, wrapToolCall } from "reprise/langchain";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { generated, stop, streamOf, textParts, toolCalls, usage } from "../ai-sdk/support.js";
import { done, ScriptedModel } from "../langchain/support.js";

/** The world that a run works in: the state of each window. */
type World = Map<string, string>;

/** A run of an agent whose model clicks on windows, all at once, and then says so. */
interface Run {
  readonly cache: Cache;
  readonly world: World;
  readonly text: string;
  /** What the model does; counts. */
  readonly windows: () => readonly string[];
  /** What the tool gives. */
  readonly click: (window: string) => string;
}

type Way = (run: Run) => Promise<void>;

const schema = z.object({ window: z.string() });

const throughAiSdk =
  (streamed: boolean): Way =>
  async ({ cache, world, text, windows, click }) => {
    const said = (prompt: readonly { readonly role: string }[]): LanguageModelV4Content[] =>
      prompt.at(-1)?.role === "tool"
        ? [{ type: "text", text: "Done." }]
        : windows().map((window) => ({
            type: "tool-call",
            toolCallId: `call-${window}`,
            toolName: "click",
            input: JSON.stringify({ window }),
          }));
    const model = new MockLanguageModelV4({
      doGenerate: async ({ prompt }) => {
        const content = said(prompt);
        return generated(content, content[0]?.type === "text" ? stop : toolCalls);
      },
      doStream: async ({ prompt }) => {
        const content = said(prompt);
        const isText = content[0]?.type === "text";
        const parts = isText ? textParts("Done.").slice(2, -1) : (content as LanguageModelV4StreamPart[]);
        const finishReason = isText ? stop : toolCalls;
        return {
          stream: streamOf([
            { type: "stream-start", warnings: [] },
            ...parts,
            { type: "finish", finishReason, usage: usage(1, 1) },
          ]),
        };
      },
    });
    const asked = {
      model: wrapLanguageModel({ model, middleware: repriseMiddleware(cache) }),
      tools: wrapTools(
        { click: tool({ inputSchema: schema, execute: async ({ window }) => click(window) }) },
        cache,
      ),
      prompt: text,
      stopWhen: isStepCount(4),
      providerOptions: { reprise: { context: world as never } },
    };
    expect(streamed ? await streamText(asked).text : (await generateText(asked)).text).toBe("Done.");
  };

const throughLangChain: Way = async ({ cache, world, text, windows, click }) => {
  const model = new ScriptedModel({
    script: ({ messages }) =>
      messages.at(-1)?.type === "tool"
        ? { content: "Done.", ...done() }
        : {
            content: "",
            tool_calls: windows().map((window) => ({
              type: "tool_call",
              id: `call-${window}`,
              name: "click",
              args: { window },
            })),
            ...done("tool_calls"),
          },
  });
  const agent = createAgent({
    model,
    tools: [
      langchainTool(async ({ window }: { readonly window: string }) => click(window), {
        name: "click",
        description: "Clicks.",
        schema: z.object({ window: z.string() }),
      }),
    ],
    middleware: [
      langchainMiddleware(cache),
      createMiddleware({ name: "verify", wrapToolCall: wrapToolCall(cache) }),
    ],
  });
  const { messages } = await agent.invoke(
    { messages: [{ role: "user", content: text }] },
    { context: { reprise: { context: world } } },
  );
  expect(messages.at(-1)?.text).toBe("Done.");
};

describe.each<[string, Way]>([
  ["the AI SDK", throughAiSdk(false)],
  ["the AI SDK, streamed", throughAiSdk(true)],
  ["LangChain", throughLangChain],
])("checks through %s", (_name, way) => {
  function setUp(check: Partial<Check> = {}, options: CacheOptions = {}) {
    const click: Check = {
      capture: ({ window }, world) => (world as World).get(String(window)) ?? "gone",
      compare: (now, then) => now === then,
      ...check,
    };
    const cache = createCache({ auditRate: 0, checks: { click }, ...options });
    const faults: CacheEvents["fault"][] = [];
    cache.on("fault", (fault) => void faults.push(fault));
    const clicked: string[] = [];
    let asked = 0;
    let answer = "ok";
    return {
      cache,
      faults,
      clicked,
      asked: () => asked,
      answers: (text: string) => {
        answer = text;
      },
      /** Runs the agent; every click closes its window. Gives why the cache did not answer, step by step. */
      run: async (text: string, world: World, windows: readonly string[] = ["a"]): Promise<string[]> => {
        const reasons: string[] = [];
        const note = ({ reason }: { readonly reason: string }): void => void reasons.push(reason);
        cache.on("miss", note);
        await way({
          ...{ cache, world, text },
          windows: () => {
            asked++;
            return windows;
          },
          click: (window) => {
            clicked.push(`${window} ${world.get(window)}`);
            world.set(window, "closed");
            return answer;
          },
        });
        await cache.settled();
        cache.off("miss", note);
        return reasons;
      },
    };
  }
  const open = (...windows: string[]): World => new Map(windows.map((window) => [window, "open"]));

  it("looks before the tool runs, and serves the step where the world is as it was then", async () => {
    const { run, clicked, faults } = setUp();
    expect(await run("Click a.", open("a"))).toEqual(["unseen", "unseen"]);
    expect(await run("Click a.", open("a"))).toEqual([]);
    expect(await run("Click a.", new Map([["a", "locked"]]))).toEqual(["environment"]);
    expect(clicked).toEqual(["a open", "a open", "a locked"]);
    // That it was right there too is known now.
    expect(await run("Click a.", new Map([["a", "locked"]]))).toEqual([]);
    expect(faults).toEqual([]);
  });

  it.each<[string, Check["capture"], number | undefined]>([
    [
      "throws",
      () => {
        throw new TypeError("s3cret");
      },
      undefined,
    ],
    ["hangs", () => new Promise(() => undefined), 20],
    ["answers late", () => new Promise((resolve) => setTimeout(resolve, 60, "open")), 20],
  ])("goes on with the model where a check %s", async (_how, broken, deadline) => {
    let capture: Check["capture"] = () => "open";
    const { run, faults, asked } = setUp({
      capture: (args, context) => capture?.(args, context),
      ...(deadline !== undefined && { deadline }),
    });
    await run("Click a.", open("a"));
    capture = broken;
    expect(await run("Click a.", open("a"))).toEqual(["environment"]);
    expect(asked()).toBe(2);
    expect(faults.length).toBeGreaterThan(0);
    expect(new Set(faults.map(({ where }) => where))).toEqual(new Set(["check"]));
    expect(JSON.stringify(faults)).not.toContain("s3cret");
  });

  it("asks the model for parallel calls of which one is not as it was", async () => {
    const { run, clicked } = setUp();
    await run("Click both.", open("a", "b"), ["a", "b"]);
    expect(await run("Click both.", open("a", "b"), ["a", "b"])).toEqual([]);
    expect(await run("Click both.", new Map([...open("a"), ["b", "locked"]]), ["a", "b"])).toEqual([
      "environment",
    ]);
    expect(clicked.length).toBe(6);
  });

  it("shares no reply between calls whose worlds differ", async () => {
    const { run, asked } = setUp();
    await Promise.all([run("Click a.", open("a")), run("Click a.", new Map([["a", "locked"]]))]);
    expect(asked()).toBe(2);
    expect(await run("Click a.", open("a"))).toEqual([]);
    expect(await run("Click a.", new Map([["a", "locked"]]))).toEqual([]);
  });

  it("learns of no state from an audit: its tools have been called by then", async () => {
    const world = open("a");
    let looks = 0;
    const capture = async (): Promise<unknown> => {
      // The first is that of the step, the second that of the hit; an audit's would come when the tool has run.
      if (++looks === 3) while (world.get("a") !== "closed") await new Promise(setImmediate);
      return world.get("a");
    };
    const { run, asked, cache, faults } = setUp({ capture }, { auditRate: 1 });
    await run("Click a.", world);
    world.set("a", "open");
    expect(await run("Click a.", world)).toEqual([]);
    await expect.poll(() => [asked(), cache.stats().audits.answered]).toEqual([2, 2]);
    expect(world.get("a")).toBe("closed");
    expect((await run("Click a.", world))[0]).toBe("environment");
    expect(faults).toEqual([]);
  });

  it("keeps nothing secret of what was seen, and nothing of the context", async () => {
    const { run, cache } = setUp({}, { redact: (text) => text.replaceAll("s3cret", "***") });
    const world = (): World =>
      new Map([
        ["a", "s3cret"],
        ["other", "unasked"],
      ]);
    await run("Click a.", world());
    let lines = "";
    for await (const line of cache.export()) lines += line;
    expect(lines).toContain("***");
    expect(lines).not.toContain("s3cret");
    expect(lines).not.toContain("unasked");
    expect(await run("Click a.", world())).toEqual([]);
  });

  it("accepts any state that the examples of a template had, and no other", async () => {
    const { run, asked } = setUp();
    const windows = ["Files", "Mail", "Notes", "Photos", "Music"];
    for (const [index, window] of windows.entries())
      await run(`Please click on ${window} now.`, new Map([[window, `state ${index}`]]), [window]);
    const before = asked();
    for (const index of windows.keys())
      await run("Please click on Maps now.", new Map([["Maps", `state ${index}`]]), ["Maps"]);
    expect(asked()).toBe(before);
    const [reason] = await run("Please click on Maps now.", new Map([["Maps", "state 9"]]), ["Maps"]);
    expect([reason, asked()]).toEqual(["environment", before + 1]);
  });

  it("asks the model for the rest of a run whose tool gave something else than it gave then", async () => {
    const after = {
      capture: (result: unknown) => String(result),
      compare: (now: unknown, then: unknown) => now === then,
    };
    const { run, answers } = setUp({ after });
    expect(await run("Click a.", open("a"))).toEqual(["unseen", "unseen"]);
    expect(await run("Click a.", open("a"))).toEqual([]);
    answers("refused");
    expect(await run("Click a.", open("a"))).toEqual(["diverged"]);
    // What was served there counts as bad.
    expect((await run("Click a.", open("a")))[0]).toBe("unseen");
  });
});
