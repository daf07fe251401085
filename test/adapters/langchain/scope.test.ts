import { tool } from "langchain";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { NotPlain } from "../../../adapters/langchain/plain.js";
import { type CallFacts, callScope } from "../../../adapters/langchain/scope.js";

const scope = (facts: Partial<CallFacts> = {}) =>
  callScope({
    lsParams: { ls_provider: "openai", ls_model_name: "gpt" },
    invocationParams: {},
    options: {},
    identity: undefined,
    named: undefined,
    ...facts,
  });

const parameters = { type: "object", properties: { city: { type: "string" } }, required: ["city"] };
const openai = { type: "function", function: { name: "look_up", description: "Looks up.", parameters } };

describe("the model's name", () => {
  it("is its provider's and its own", () => {
    expect(scope().model).toBe("openai/gpt");
    expect(scope({ lsParams: { ls_provider: "x" }, invocationParams: { model_name: "y" } }).model).toBe(
      "x/y",
    );
    expect(scope({ lsParams: {} }).model).toBe("unknown/default");
  });

  it("is the one the user gives it, and then who it is beside does not count", () => {
    const identity = { endpoint: "http://here" };
    expect(scope({ named: "ours", identity, invocationParams: { model: "gpt-9" } })).toMatchObject({
      model: "ours",
      settings: undefined,
    });
    expect(scope({ identity }).settings).toEqual({ identity });
  });

  it("is said once; another that is sent counts", () => {
    expect(scope({ invocationParams: { model: "gpt" } }).settings).toBeUndefined();
    expect(scope({ invocationParams: { model: "my-deployment" } }).settings).toEqual({
      model: "my-deployment",
    });
  });
});

describe("tools", () => {
  it("are the same in every provider's dialect", () => {
    const dialects: unknown[] = [
      openai,
      {
        name: "look_up",
        description: "Looks up.",
        input_schema: parameters,
        cache_control: { type: "ephemeral" },
      },
      { functionDeclarations: [{ name: "look_up", description: "Looks up.", parameters }] },
      { toolSpec: { name: "look_up", description: "Looks up.", inputSchema: { json: parameters } } },
      { name: "look_up", description: "Looks up.", schema: parameters },
      {
        type: "function",
        function: {
          name: "look_up",
          description: "Looks up.",
          parameters: { $schema: "draft", ...parameters },
        },
      },
    ];
    for (const dialect of dialects) expect(scope({ options: { tools: [dialect] } }).tools).toEqual([openai]);
  });

  it("made of zod are the same too, and what has a default is not demanded", () => {
    const schema = z.object({ city: z.string(), days: z.number().default(1) });
    const made = tool(() => "", { name: "look_up", description: "Looks up.", schema });
    const tools = scope({ boundTools: [made] }).tools;
    expect(tools).toEqual([
      {
        type: "function",
        function: {
          name: "look_up",
          description: "Looks up.",
          parameters: {
            type: "object",
            properties: { city: { type: "string" }, days: { type: "number", default: 1 } },
            required: ["city"],
            additionalProperties: false,
          },
        },
      },
    ]);
    expect(
      scope({ options: { tools: [{ ...openai, function: { ...openai.function, parameters: schema } }] } })
        .tools,
    ).toMatchObject([{ function: { parameters: { required: ["city"] } } }]);
  });

  it("whose description is rewritten between two calls are other tools", () => {
    const made = tool(() => "", { name: "look_up", description: "Looks up.", schema: z.object({}) });
    const described = () => scope({ boundTools: [made] }).tools?.[0]?.function?.description;
    expect(described()).toBe("Looks up.");
    made.description = "Looks down.";
    expect(described()).toBe("Looks down.");
  });

  it("of the call go before those bound to the model, and those before what is sent", () => {
    const named = (name: string) => [{ type: "function", function: { name, parameters } }];
    const chosen = (facts: Partial<CallFacts>) => scope(facts).tools?.[0]?.function?.name;
    expect(
      chosen({
        options: { tools: named("a") },
        boundTools: named("b"),
        invocationParams: { tools: named("c") },
      }),
    ).toBe("a");
    expect(chosen({ boundTools: named("b"), invocationParams: { tools: named("c") } })).toBe("b");
    expect(chosen({ invocationParams: { tools: named("c") } })).toBe("c");
  });

  it("are told apart by what is said beside their function, but not by cache hints", () => {
    expect(
      scope({ options: { tools: [{ ...openai, defer_loading: true, cache_control: {} }] } }).tools,
    ).toEqual([{ ...openai, defer_loading: true }]);
  });

  it("of the provider's own are compared as they are, and what is no tool is nothing", () => {
    expect(scope({ options: { tools: [{ type: "web_search", max_uses: 2 }, "?"] } }).tools).toEqual([
      { type: "web_search", max_uses: 2 },
    ]);
  });

  it("that LangChain counts are counted anew, wherever they are named", () => {
    const counted = (name: string) => ({ type: "function", function: { name, parameters } });
    const one = scope({ options: { tools: [openai, counted("extract-7")], tool_choice: "extract-7" } });
    expect(one.tools?.map((offered) => offered.function?.name)).toEqual(["look_up", "extract-#1"]);
    expect(one.settings).toEqual({ tool_choice: { type: "function", function: { name: "extract-#1" } } });
  });
});

describe("settings", () => {
  it("bear the names of the Chat Completions API, and what is sent wins", () => {
    expect(
      scope({
        lsParams: {
          ls_provider: "p",
          ls_model_name: "m",
          ls_temperature: 0.1,
          ls_max_tokens: 5,
          ls_stop: ["x"],
        },
        options: { topP: 0.5, stop_sequences: ["."], reasoningEffort: "low", temperature: 0.2 },
        invocationParams: {
          temperature: 0.3,
          max_completion_tokens: 9,
          frequency_penalty: null,
          presence_penalty: undefined,
        },
      }).settings,
    ).toEqual({ temperature: 0.3, max_tokens: 9, stop: ["."], top_p: 0.5, reasoning_effort: "low" });
  });

  it("nobody has heard of count too; those of transport and of the graph do not", () => {
    const transport = {
      signal: new AbortController().signal,
      timeout: 5,
      headers: { a: 1 },
      options: { headers: {} },
      version: "v2",
      encoding: "text/event-stream",
      stream: true,
      stream_options: {},
      user: "u",
      metadata: {},
      promptIndex: 0,
      context: {},
      writer: () => undefined,
      executionInfo: { taskId: "x" },
      callback: () => undefined,
      stop: [],
    };
    expect(scope({ options: { ...transport, next_years_setting: { on: true } } }).settings).toEqual({
      next_years_setting: { on: true },
    });
    expect(scope({ options: transport }).settings).toBeUndefined();
  });

  it("that are sent count whatever they are called, also by the name of something in a run's config", () => {
    const sent = {
      options: { seed: 1, num_ctx: 2 },
      version: 3,
      state: "x",
      context: [1],
      timeout: 4,
      cache: true,
    };
    expect(scope({ invocationParams: sent }).settings).toEqual(sent);
    expect(scope({ options: { version: 3, options: { seed: 1 } } }).settings).toEqual({
      version: 3,
      options: { seed: 1 },
    });
  });

  it.each([
    ["auto", undefined],
    [{ type: "auto" }, undefined],
    ["any", "required"],
    [{ type: "any" }, "required"],
    ["none", "none"],
    ["look_up", { type: "function", function: { name: "look_up" } }],
    [
      { type: "tool", name: "look_up" },
      { type: "function", function: { name: "look_up" } },
    ],
    [
      { type: "function", function: { name: "look_up" } },
      { type: "function", function: { name: "look_up" } },
    ],
    [{ odd: 1 }, { odd: 1 }],
    [7, 7],
  ])("choose tools alike: %j", (choice, expected) => {
    expect(scope({ options: { tool_choice: choice } }).settings?.tool_choice).toEqual(expected);
  });

  it("say a response format once, whatever it is written in", () => {
    const schema = z.object({ name: z.string() });
    const asked = (given: unknown) => ({
      type: "json_schema",
      json_schema: { name: "person", schema: given },
    });
    const plain = {
      type: "object",
      properties: { name: { type: "string" } },
      required: ["name"],
      additionalProperties: false,
    };
    const expected = { response_format: asked(plain) };
    expect(
      scope({ options: { response_format: asked(schema), outputConfig: { format: 1 }, responseSchema: {} } })
        .settings,
    ).toEqual(expected);
    expect(scope({ options: { response_format: asked({ $schema: "draft", ...plain }) } }).settings).toEqual(
      expected,
    );
  });

  it("that JSON cannot hold make no scope", () => {
    expect(() => scope({ options: { temperature: Number.NaN } })).toThrow(NotPlain);
    const cycle: unknown[] = [];
    cycle.push(cycle);
    expect(() => scope({ options: { cycle } })).toThrow(NotPlain);
  });

  it("of every JavaScript kind become plain values", () => {
    const value = {
      bytes: new Uint8Array([1, 2]),
      buffer: new Uint8Array([1, 2]).buffer,
      url: new URL("https://x/"),
      date: new Date(0),
      pattern: /a/g,
      big: 12n,
      set: new Set([1]),
      map: new Map([["a", undefined]]),
      nothing: undefined,
      list: [undefined, null],
      symbol: Symbol("s"),
    };
    expect(scope({ options: { value: [value] } }).settings?.value).toEqual([
      {
        bytes: "AQI=",
        buffer: "AQI=",
        url: "https://x/",
        date: "1970-01-01T00:00:00.000Z",
        pattern: "/a/g",
        big: "12",
        set: [1],
        map: [["a", null]],
        list: [null, null],
      },
    ]);
  });
});
