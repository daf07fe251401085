import { describe, expect, it, vi } from "vitest";
import type { CallFacts, HookCall } from "../../../server/hooks/define.js";
import { type Given, request, row, traceOf } from "./support.js";

/** A hook that writes down what it is called for, and its letter onto what passes. */
function letter(name: string, seen: string[]): Given {
  return {
    name,
    request(body) {
      seen.push(`request ${name}`);
      return { body: { ...body, passed: `${body.passed ?? ""}${name}` } };
    },
    modelCall() {
      seen.push(`model call ${name}`);
      return undefined;
    },
    reply({ body }) {
      seen.push(`reply ${name}`);
      return { body: { ...body, passed: `${body.passed ?? ""}${name}` } };
    },
    chunk({ text }) {
      seen.push(`chunk ${name}`);
      return `${text}${name}`;
    },
    trace() {
      seen.push(`trace ${name}`);
    },
  };
}

const never = (): Promise<undefined> => new Promise(() => undefined);

describe("hooks", () => {
  it("run in their order on the way in, and in reverse on the way out", async () => {
    const seen: string[] = [];
    const { hooks } = row(letter("a", seen), letter("b", seen), letter("c", seen));
    const asked = request();
    expect(await hooks.onRequest(asked)).toEqual({ to: "go", body: { model: "m", passed: "abc" } });
    await hooks.onModelCall({ request: asked, provider: "p", model: "m", attempt: 1, body: asked.body });
    expect(await hooks.onReply({}, asked, "cache")).toEqual({ to: "go", body: { passed: "cba" } });
    const delta = { choices: [{ index: 0, delta: { content: "-" }, finish_reason: null }] };
    expect(await hooks.onChunk({ data: JSON.stringify(delta) }, asked)).toEqual([
      { data: JSON.stringify({ choices: [{ ...delta.choices[0], delta: { content: "-cba" } }] }) },
    ]);
    hooks.onTrace(traceOf(asked));
    await expect.poll(() => seen).toHaveLength(15);
    expect(seen).toEqual(
      ["request", "model call"]
        .flatMap((point) => ["a", "b", "c"].map((name) => `${point} ${name}`))
        .concat(
          ["reply", "chunk", "trace"].flatMap((point) => ["c", "b", "a"].map((name) => `${point} ${name}`)),
        ),
    );
  });

  it("that change nothing hand on the very body that came", async () => {
    const { hooks } = row({ request: () => undefined, reply: () => undefined });
    const asked = request();
    expect(await hooks.onRequest(asked)).toEqual({ to: "go", body: asked.body });
    const verdict = await hooks.onRequest(asked);
    expect(verdict.to === "go" && verdict.body).toBe(asked.body);
    const reply = {};
    const out = await hooks.onReply(reply, asked, "provider");
    expect(out.to === "go" && out.body).toBe(reply);
  });

  it("answer themselves: those behind are not asked, those before see the answer", async () => {
    const seen: string[] = [];
    const answers: Given = {
      name: "x",
      request: () => ({ answer: { said: "no" } }),
      reply: () => void seen.push("own"),
    };
    const { hooks } = row(letter("a", seen), answers, letter("c", seen));
    const asked = request();
    const verdict = await hooks.onRequest(asked);
    expect(verdict).toEqual({ to: "answer", reply: { said: "no" } });
    expect(await hooks.onReply({ said: "no" }, asked, "hook")).toEqual({
      to: "go",
      body: { said: "no", passed: "a" },
    });
    expect(seen).toEqual(["request a", "reply a"]);
  });

  it.each(["chat", "responses", "messages"])(
    "answer with a text, which becomes a reply of %s",
    async (api) => {
      const { hooks } = row({ request: () => ({ answer: "closed today" }) });
      const verdict = await hooks.onRequest(request({ api }));
      expect(JSON.stringify(verdict)).toContain('"closed today"');
      expect(verdict).toMatchObject({ to: "answer", reply: { model: "m", id: expect.any(String) } });
    },
  );

  it("answer in place of a model: all of them see that answer", async () => {
    const seen: string[] = [];
    const { hooks } = row(letter("a", seen), { modelCall: () => ({ answer: {} }) }, letter("c", seen));
    const asked = request();
    const call = { request: asked, provider: "p", model: "m", attempt: 1, body: asked.body };
    expect(await hooks.onModelCall(call)).toEqual({ to: "answer", reply: {} });
    expect(await hooks.onReply({}, asked, "hook")).toMatchObject({ body: { passed: "ca" } });
  });

  it("refuse with a status, a message and how long to wait", async () => {
    const { hooks } = row({ request: () => ({ refuse: { status: 429, message: "spent", retryAfter: 60 } }) });
    expect(await hooks.onRequest(request())).toEqual({
      to: "refuse",
      status: 429,
      message: "spent",
      retryAfter: 60,
    });
  });

  it("keep what they need of a call for its reply, each its own", async () => {
    const keeps = (name: string): Given => ({
      name,
      request(_, { state }) {
        state.mine = name;
        return undefined;
      },
      reply: ({ body }, { state }) => ({ body: { ...body, [name]: state.mine } }),
    });
    const { hooks } = row(keeps("a"), keeps("b"));
    const asked = request();
    await hooks.onRequest(asked);
    expect(await hooks.onReply({}, asked, "cache")).toMatchObject({ body: { a: "a", b: "b" } });
    // Another call finds nothing of it.
    expect(await hooks.onReply({}, request(), "cache")).toMatchObject({ body: { a: undefined } });
  });

  it("are told of a call without credentials, and of the model that hooks before them have chosen", async () => {
    const told: Partial<HookCall>[] = [];
    const note = (_: unknown, { api, model, stream, key, headers }: HookCall) => {
      told.push({ api, model, stream, key, headers });
      return undefined;
    };
    const { hooks } = row({ request: () => ({ body: { model: "other", stream: true } }) }, { request: note });
    await hooks.onRequest(
      request({
        headers: { authorization: "Bearer sk-canary", cookie: "c", "x-api-key": "k", "x-team": "blue" },
      }),
    );
    expect(told).toEqual([
      { api: "chat", model: "other", stream: true, key: "key-1", headers: { "x-team": "blue" } },
    ]);
  });

  it("cannot change what they are handed in place", async () => {
    const { hooks, runs } = row({
      request(body) {
        (body.messages as unknown[]).push("more");
        return undefined;
      },
    });
    expect(await hooks.onRequest(request({ body: { messages: [] } }))).toMatchObject({
      to: "refuse",
      status: 500,
    });
    expect(runs).toMatchObject([{ outcome: "error", error: "TypeError" }]);
  });

  it.each<[string, NonNullable<Given["request"]>, string]>([
    ["throws", () => Promise.reject(new RangeError("canary")), "RangeError"],
    [
      "throws at once",
      () => {
        throw new SyntaxError("canary");
      },
      "SyntaxError",
    ],
    ["returns what no hook may", () => ({ refusal: 403 }) as never, "BadHookResult"],
    [
      "says two things",
      () => ({ answer: "a", refuse: { status: 403, message: "b" } }) as never,
      "BadHookResult",
    ],
    ["refuses with a status of success", () => ({ refuse: { status: 200, message: "b" } }), "BadHookResult"],
  ])("one that %s is closed: nothing passes; open: all goes on without it", async (_, failing, error) => {
    const closed = row({ name: "guard", request: failing }, { request: () => ({ body: { after: 1 } }) });
    expect(await closed.hooks.onRequest(request())).toEqual({
      to: "refuse",
      status: 500,
      message: 'the hook "guard" failed, and nothing passes without it',
    });
    expect(closed.runs).toMatchObject([{ hook: "guard", point: "request", outcome: "error", error }]);
    expect(JSON.stringify(closed.runs)).not.toContain("canary");
    const open = row({ onError: "open", request: failing }, { request: () => ({ body: { after: 1 } }) });
    expect(await open.hooks.onRequest(request())).toEqual({ to: "go", body: { after: 1 } });
    expect(open.runs.map(({ outcome }) => outcome)).toEqual(["error", "ok"]);
  });

  it("one that takes too long is told so by its signal, and its call goes on or is refused", async () => {
    const aborted = vi.fn();
    const late: NonNullable<Given["request"]> = (_, { signal }) => {
      signal.addEventListener("abort", aborted);
      return never();
    };
    const closed = row({ timeout: 20, request: late });
    expect(await closed.hooks.onRequest(request())).toMatchObject({ to: "refuse", status: 500 });
    expect(aborted).toHaveBeenCalledOnce();
    const open = row({ timeout: 20, onError: "open", request: late });
    const asked = request();
    expect(await open.hooks.onRequest(asked)).toEqual({ to: "go", body: asked.body });
    expect(open.runs).toMatchObject([{ outcome: "timeout", error: "HookTimeout" }]);
  });

  it("hear by their signal that the client has left", async () => {
    const left = new AbortController();
    const { hooks } = row({
      request: (_, { signal }) =>
        new Promise((resolve) => signal.addEventListener("abort", () => resolve(undefined))),
    });
    const pending = hooks.onRequest(request({ signal: left.signal }));
    left.abort();
    expect(await pending).toMatchObject({ to: "go" });
  });

  it("of a failed chunk say so in place of it, or are left out", async () => {
    const event = { data: JSON.stringify({ choices: [{ delta: { content: "a" }, finish_reason: null }] }) };
    const fails = { reply: () => undefined, chunk: () => Promise.reject(new Error("no")) };
    expect(await row(fails).hooks.onChunk(event, request())).toMatchObject({ to: "refuse", status: 500 });
    expect(await row({ ...fails, onError: "open" }).hooks.onChunk(event, request())).toEqual([event]);
  });

  it("are told what became of every call, refused ones too, and no failure of theirs is anybody's", async () => {
    const facts: CallFacts[] = [];
    const { hooks, runs } = row(
      { trace: (told) => void facts.push(told) },
      { trace: () => Promise.reject(new Error("no")) },
    );
    const asked = request();
    hooks.onTrace(
      traceOf(asked, {
        path: "/v1/responses/resp_0123/cancel",
        stoppedBy: "limits",
        status: 429,
        usage: { inputTokens: 3, outputTokens: 4 },
      }),
    );
    await expect.poll(() => runs).toHaveLength(2);
    expect(facts).toEqual([
      {
        ...{
          id: asked.id,
          time: "1970-01-01T00:00:00.000Z",
          method: "POST",
          path: "/v1/responses/{id}/cancel",
        },
        ...{ api: "chat", model: "m", provider: "openai", status: 429, duration: 1, outcome: "stopped" },
        ...{ reason: "limits", inputTokens: 3, outputTokens: 4 },
      },
    ]);
  });

  it("say what they listen to, and whether streams must be held for them", () => {
    const reply = () => undefined;
    expect(row({ trace: () => undefined }).hooks.listens).toEqual({
      ...{ request: false, call: false, reply: false, chunk: false, whole: false },
    });
    expect(row({ reply, chunk: () => undefined }).hooks.listens).toMatchObject({ chunk: true, whole: false });
    expect(row({ reply, chunk: () => undefined }, { reply }).hooks.listens).toMatchObject({
      chunk: true,
      whole: true,
    });
  });
});
