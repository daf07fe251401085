import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parseRecording } from "../../../cli/replay/recordings.js";
import { meaningOf } from "../../../cli/replay/rehearsal.js";
import { commandLine } from "../support.js";

const call = (city: string, unit = "C") => ({
  role: "assistant",
  content: null,
  tool_calls: [
    {
      id: `call_${city}`,
      type: "function",
      function: { name: "weather", arguments: JSON.stringify({ city, unit }) },
    },
  ],
});
const question = (city: string) => [{ role: "user", content: `How warm is it in ${city} today?` }];
const exchange = (city: string, unit?: string) => ({
  messages: question(city),
  bindings: { city },
  response: call(city, unit),
});
const lines = (...rows: unknown[]) =>
  rows.map((row) => (typeof row === "string" ? row : JSON.stringify(row))).join("\n");

describe("reading a recording", () => {
  it("takes a conversation with its reply", () => {
    const { calls, bad } = parseRecording(lines({ ...exchange("Oslo"), scope: "a", model: "m" }));
    expect(bad).toEqual([]);
    expect(calls[0]).toMatchObject({
      line: 1,
      request: { messages: question("Oslo"), scope: "a", model: "m", bindings: { city: "Oslo" } },
    });
    expect(calls[0]?.reply).toEqual(call("Oslo"));
  });

  it("takes an OpenAI request with its response, and keeps every setting, the finish reason and the usage", () => {
    const request = {
      model: "m",
      messages: question("Oslo"),
      tools: [{ type: "function" }],
      temperature: 0.5,
    };
    const response = {
      id: "chatcmpl-1",
      choices: [{ index: 0, message: call("Oslo"), finish_reason: "tool_calls" }],
      usage: { prompt_tokens: 30, completion_tokens: 12, total_tokens: 42 },
    };
    const expected = {
      request,
      reply: call("Oslo"),
      details: { finishReason: "tool_calls", usage: { inputTokens: 30, outputTokens: 12 } },
    };
    const wrapped = {
      request: { method: "POST", body: request },
      response: { status_code: 200, body: response },
    };
    expect(parseRecording(lines({ request, response }, wrapped)).calls).toMatchObject([
      { line: 1, ...expected },
      { line: 2, ...expected },
    ]);
  });

  it("takes a conversation that ends in the reply", () => {
    const { calls } = parseRecording(lines({ messages: [...question("Oslo"), call("Oslo")] }));
    expect(calls[0]?.request.messages).toEqual(question("Oslo"));
    expect(calls[0]?.reply).toEqual(call("Oslo"));
  });

  it("takes a file that begins with a byte order mark, one that is a JSON array, and an empty one", () => {
    const rows = [exchange("Oslo"), exchange("Rome")];
    const expected = parseRecording(lines(...rows)).calls;
    expect(expected).toHaveLength(2);
    expect(parseRecording(`\uFEFF${lines(...rows)}`).calls).toEqual(expected);
    expect(parseRecording(`\uFEFF${JSON.stringify(rows, null, 2)}\n`).calls).toEqual(expected);
    expect(parseRecording(JSON.stringify([...rows, 5])).bad).toEqual([{ line: 3, why: "not a JSON object" }]);
    for (const empty of ["", "\n", "\uFEFF", "[]"])
      expect(parseRecording(empty)).toEqual({ calls: [], bad: [], failed: 0 });
  });

  it("takes a call of the Responses API, as the chat it is", () => {
    const args = JSON.stringify({ city: "Oslo" });
    const request = {
      ...{ model: "m", instructions: "Be brief.", temperature: 0 },
      input: [
        { role: "user", content: [{ type: "input_text", text: "How warm is it in Oslo?" }] },
        { type: "reasoning", id: "rs_1", summary: [] },
        { type: "function_call", id: "fc_1", call_id: "call_1", name: "weather", arguments: args },
        { type: "function_call_output", call_id: "call_1", output: "5" },
      ],
    };
    const response = {
      status: "completed",
      output: [
        { type: "reasoning", summary: [] },
        {
          type: "message",
          role: "assistant",
          content: [{ type: "output_text", text: "5 degrees.", annotations: [] }],
        },
      ],
      usage: { input_tokens: 30, output_tokens: 12 },
    };
    const [call] = parseRecording(
      lines({ request: { body: request }, response: { status_code: 200, body: response } }),
    ).calls;
    expect(call).toMatchObject({
      line: 1,
      request: {
        ...{ model: "m", temperature: 0 },
        messages: [
          { role: "system", content: "Be brief." },
          { role: "user", content: "How warm is it in Oslo?" },
          {
            role: "assistant",
            content: null,
            tool_calls: [{ id: "call_1", type: "function", function: { name: "weather", arguments: args } }],
          },
          { role: "tool", tool_call_id: "call_1", content: "5" },
        ],
      },
      reply: { role: "assistant", content: "5 degrees." },
      details: { finishReason: "stop", usage: { inputTokens: 30, outputTokens: 12 } },
    });
    const called = {
      status: "completed",
      output: [{ type: "function_call", call_id: "c", name: "weather", arguments: args }],
    };
    const simple = { request: { input: "How warm?" }, response: called };
    expect(parseRecording(lines(simple)).calls[0]).toMatchObject({
      request: { messages: [{ role: "user", content: "How warm?" }] },
      reply: { content: null, tool_calls: [{ function: { name: "weather" } }] },
      details: { finishReason: "tool_calls" },
    });
    const cut = { ...simple, response: { ...called, status: "incomplete" } };
    expect(parseRecording(lines(cut)).calls[0]?.details.finishReason).toBe("incomplete");
    const chained = { ...simple, request: { input: "And now?", previous_response_id: "resp_1" } };
    expect(parseRecording(lines(chained)).bad[0]?.why).toContain("what the provider keeps");
  });

  it("names the line and the fault of what it cannot use, without its text", () => {
    const { calls, bad } = parseRecording(
      lines(
        exchange("Oslo"),
        "{ cut off",
        "",
        [1],
        { hello: "secret" },
        { messages: "secret", response: call("Oslo") },
        { messages: question("secret") },
        { messages: question("secret"), response: { choices: [] } },
        { request: { messages: question("secret") } },
      ),
    );
    expect(calls).toHaveLength(1);
    expect(bad.map(({ line }) => line)).toEqual([2, 4, 5, 6, 7, 8, 9]);
    expect(bad.map(({ why }) => why)).toEqual([
      "not JSON",
      "not a JSON object",
      'neither "request" nor "messages"',
      expect.stringContaining('"messages"'),
      expect.stringContaining("last message"),
      expect.stringContaining('"response.choices"'),
      'no "response"',
    ]);
    expect(JSON.stringify(bad)).not.toContain("secret");
  });

  it("leaves out calls that failed, and counts them", () => {
    const failed = [
      { request: { messages: question("Oslo") }, error: { message: "no" } },
      { request: {}, response: { status_code: 429, body: {} } },
    ];
    expect(parseRecording(lines(...failed))).toEqual({ calls: [], bad: [], failed: 2 });
  });
});

describe("what must be equal", () => {
  it("is the calls with their arguments, in any key order, without ids", () => {
    const other = {
      role: "assistant",
      tool_calls: [{ id: "x", function: { name: "weather", arguments: '{ "unit": "C", "city": "Oslo" }' } }],
    };
    expect(meaningOf(other)).toBe(meaningOf(call("Oslo")));
    expect(meaningOf(call("Rome"))).not.toBe(meaningOf(call("Oslo")));
  });

  it("is the text where there is no call, whether whole or in parts, without reasoning", () => {
    expect(
      meaningOf({
        role: "assistant",
        content: [
          { type: "reasoning", text: "hm" },
          { type: "text", text: "Yes. " },
        ],
      }),
    ).toBe("Yes.");
    expect(meaningOf({ role: "assistant", content: " Yes." })).toBe("Yes.");
  });
});

describe("the program", () => {
  let folder = "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "reprise-replay-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  async function run(...args: string[]): Promise<{ code: number; out: string }> {
    const { code, out, err } = await commandLine(["replay", ...args]);
    return { code, out: `${out}${err}` };
  }

  function file(name: string, text: string): string {
    const path = join(folder, name);
    writeFileSync(path, name.endsWith(".gz") ? gzipSync(text) : text);
    return path;
  }

  it("counts right and wrong hits, exact and by template, and what the templates earned", async () => {
    const usage = { prompt_tokens: 10, completion_tokens: 5 };
    const path = file(
      "log.jsonl",
      lines(
        exchange("Oslo"), // learned
        exchange("Oslo"), // exact, right
        { ...exchange("Rome"), usage }, // by template, right
        exchange("Quito", "F"), // by template, wrong
        "{",
        { request: {}, error: "timeout" },
      ),
    );
    const { code, out } = await run("--policy", "eager", "--wrong", "5", path);
    expect(code).toBe(0);
    expect(out).toContain("log.jsonl: 4 calls, 1 bad lines skipped, 1 failed calls left out");
    expect(out).toContain("line 5: not JSON");
    expect(out).toContain("hits         3 (75.0 % of calls), 15 tokens saved");
    expect(out).toContain("exact        1 right, 0 wrong");
    expect(out).toContain("by template  1 right, 1 wrong (50.0 % of these hits)");
    expect(out).toContain("misses       unseen 1");
    expect(out).toMatch(
      /2 hits, 1 wrong, 15 tokens {2}user: How warm is it in \{\{city:words\}\} today\? ⇒ assistant: weather\(city=\{\{city\}\}, unit="C"\)/,
    );
    expect(out).toMatch(
      /wrong, line 4, template .{8}\n {4}said {6}weather\(\{"city":"Quito","unit":"C"\}\)\n {4}recorded {2}weather\(\{"city":"Quito","unit":"F"\}\)/,
    );
  });

  it("names templates that the model contradicted", async () => {
    const path = file("log.jsonl.gz", lines(exchange("Oslo"), exchange("Rome", "F")));
    const { out } = await run("--options", '{"minAgreements":3}', path);
    expect(out).toMatch(/contradicted by the model, and retired \(\d+\):/);
    expect(out).toMatch(/[0-9a-f]{8} {2}user: How warm is it in \{\{city:words\}\} today\?/);
  });

  it("plays no more calls than the limit", async () => {
    const { out } = await run("--limit", "1", file("log.jsonl", lines(exchange("Oslo"), exchange("Rome"))));
    expect(out).toContain("log.jsonl: 1 calls");
  });

  it("says how it is called, and that a file is empty", async () => {
    const help = await run("--help");
    expect(help).toMatchObject({
      code: 0,
      out: expect.stringContaining("Usage: reprise replay [options] <file...>"),
    });
    expect(await run("-h", file("log.jsonl", "{"))).toEqual(help);
    expect(await run(file("empty.jsonl", "\n"))).toMatchObject({
      code: 0,
      out: expect.stringContaining("empty.jsonl: empty, no calls"),
    });
  });

  it("says what is wrong with a call it cannot follow", async () => {
    const path = file("log.jsonl", lines(exchange("Oslo")));
    expect(await run()).toMatchObject({ code: 2, out: expect.stringContaining("missing required argument") });
    expect(await run("--limit", "many", path)).toMatchObject({
      code: 2,
      out: expect.stringContaining("--limit"),
    });
    expect(await run("--colour", path)).toMatchObject({ code: 2, out: expect.stringContaining("--colour") });
    expect(await run("--policy", "lax", path)).toMatchObject({
      code: 2,
      out: expect.stringContaining("policy"),
    });
    expect(await run("--options", '{"polcy":"eager"}', path)).toMatchObject({
      code: 2,
      out: expect.stringContaining('"polcy"'),
    });
    expect(await run(join(folder, "nowhere.jsonl"))).toMatchObject({
      code: 2,
      out: expect.stringContaining("nowhere.jsonl"),
    });
  });
});
