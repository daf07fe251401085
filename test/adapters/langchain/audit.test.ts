import { AsyncLocalStorage } from "node:async_hooks";
import { BaseCallbackHandler } from "@langchain/core/callbacks/base";
import { createCache } from "reprise";
import { RepriseCache, RepriseCallbackHandler, withReprise } from "reprise/langchain";
import { describe, expect, it } from "vitest";
import { done, repriseOf, type Script, StreamingModel } from "./support.js";

const same: Script = () => ({ content: "the same", ...done() });

class Watch extends BaseCallbackHandler {
  readonly name = "watch";
  override awaitHandlers = true;
  readonly heard: string[] = [];
  override handleChatModelStart(): void {
    this.heard.push("start");
  }
  override handleLLMNewToken(): void {
    this.heard.push("token");
  }
  override handleLLMEnd(): void {
    this.heard.push("end");
  }
}

describe("an audited hit", () => {
  it("is one run to its listeners, plain and streamed", async () => {
    const watch = new Watch();
    const model = new StreamingModel({ script: same });
    const wrapped = withReprise(model, createCache({ auditRate: 1 }));
    await wrapped.invoke("Hi");
    await wrapped.invoke("Hi", { callbacks: [watch] });
    await expect.poll(() => model.calls).toBe(2);
    expect(watch.heard).toEqual(["start", "end"]);
    watch.heard.length = 0;
    for await (const _ of await wrapped.stream("Hi", { callbacks: [watch] }));
    await expect.poll(() => model.calls).toBe(3);
    expect(watch.heard).toEqual(["start", "token", "token", "end"]);
  });

  it("is audited outside of the caller's context: no callback is inherited, and the caller's signal ends nothing", async () => {
    const context = new AsyncLocalStorage<string>();
    const contexts: unknown[] = [];
    const signals: (AbortSignal | undefined)[] = [];
    const model = new StreamingModel({
      script: ({ index, options }) => {
        contexts.push(context.getStore());
        signals.push(options.signal);
        return { content: `answer ${index}`, ...done() };
      },
    });
    const wrapped = withReprise(model, createCache({ auditRate: 1 }));
    const leaving = new AbortController();
    await context.run("the caller's", async () => {
      await wrapped.invoke("Hi", { signal: leaving.signal });
      await wrapped.invoke("Hi", { signal: leaving.signal });
    });
    leaving.abort();
    await expect.poll(() => model.calls).toBe(2);
    expect(contexts).toEqual(["the caller's", undefined]);
    expect(signals[1]?.aborted).toBe(false);
  });

  it("is not audited for a caller who has left", async () => {
    const model = new StreamingModel({ script: same });
    const wrapped = withReprise(model, createCache({ auditRate: 1 }));
    await wrapped.invoke("Hi");
    await expect(wrapped.invoke("Hi", { signal: AbortSignal.abort() })).rejects.toThrow();
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(model.calls).toBe(1);
  });

  it.each([{ watched: false }, { watched: true }])(
    "is asked for in place of being served where no model is at hand: behind the cache option (handler beside it: $watched)",
    async ({ watched }) => {
      const draws: number[] = [];
      const cache = createCache({ auditRate: 0.5, random: () => draws.shift() ?? 1 });
      const handler = watched ? new RepriseCallbackHandler(cache) : undefined;
      const model = new StreamingModel({
        script: same,
        cache: new RepriseCache(cache, { handler }),
        ...(handler && { callbacks: [handler] }),
      });
      const ask = async () => {
        const reply = await model.invoke("Hi");
        await handler?.settled();
        return repriseOf(reply)?.status;
      };
      expect([await ask(), await ask()]).toEqual([undefined, "hit"]);
      draws.push(0);
      if (watched) draws.push(0);
      expect(await ask()).toBeUndefined();
      expect(model.calls).toBe(2);
      expect(await ask()).toBe("hit");
    },
  );
});
