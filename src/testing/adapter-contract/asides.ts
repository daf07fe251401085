/** Which calls go past the cache, or are only watched, and that figures tell of them. */
import { createCache } from "../../index.js";
import { type Bench, echo, hello, says } from "./bench.js";

/**
 * State of the provider, scopes that are required or read from the call, wrong options, shadow mode, and
 * replies that are not kept.
 */
export function asides({ driver, setup, describe, it, expect }: Bench): void {
  describe(`${driver.name}: calls that are not for the cache`, () => {
    for (const mode of ["invoke", "stream"] as const) {
      it(`build on what the provider keeps: asked each time (${mode})`, async () => {
        const { adapter, cache } = setup(({ index }) => says(`Item ${index + 1}`));
        const next = { messages: hello, previousResponseId: "resp_1" };
        const texts: string[] = [];
        for (let call = 0; call < 3; call++) texts.push((await adapter[mode](next)).text);
        expect(texts).toEqual(["Item 1", "Item 2", "Item 3"]);
        expect((await adapter[mode](next)).reprise?.reason).toEqual("server-state");
        expect(cache.stats().bypasses).toEqual({ "server-state": 4 });
        expect(cache.stats().exchanges).toEqual(0);
      });

      it(`have no scope where one is required (${mode})`, async () => {
        const { adapter, cache } = setup(echo, createCache({ auditRate: 0 }), { requireScope: true });
        expect((await adapter[mode]({ messages: hello })).reprise?.reason).toEqual("unscoped");
        const scoped = { messages: hello, reprise: { scope: "a tenant" } };
        expect((await adapter[mode](scoped)).text).toEqual("answer 1");
        expect((await adapter[mode](scoped)).text).toEqual("answer 1");
        expect((await adapter[mode]({ messages: hello })).text).toEqual("answer 2");
        expect(cache.stats().bypasses).toEqual({ unscoped: 2 });
      });

      it(`are divided by a scope that is read from each, and stay out where it cannot be read (${mode})`, async () => {
        let tenant: string | undefined = "acme";
        const seen: unknown[] = [];
        const scope = (call: object) => {
          seen.push(call);
          if (tenant === "broken") throw new Error("no tenant");
          return tenant;
        };
        const { adapter, cache } = setup(echo, createCache({ auditRate: 0 }), { scope, requireScope: true });
        const texts: string[] = [];
        for (tenant of ["acme", "globex", "acme", "globex", "broken", undefined])
          texts.push((await adapter[mode]({ messages: hello })).text);
        expect(texts).toEqual(["answer 0", "answer 1", "answer 0", "answer 1", "answer 2", "answer 3"]);
        expect(seen.every((call) => typeof call === "object" && call !== null)).toEqual(true);
        expect(cache.stats().bypasses).toEqual({ fault: 1, unscoped: 1 });
      });

      it(`are only watched in shadow mode (${mode})`, async () => {
        const { adapter, cache } = setup(
          ({ index }) => says(index < 2 ? "the same" : "another"),
          createCache({ auditRate: 0 }),
          {
            mode: "shadow",
          },
        );
        const texts: string[] = [];
        for (let call = 0; call < 3; call++) texts.push((await adapter[mode]({ messages: hello })).text);
        expect(texts).toEqual(["the same", "the same", "another"]);
        expect(adapter.modelCalls()).toEqual(3);
        expect(cache.stats().hits).toEqual({ exact: 0, template: 0 });
        expect(cache.stats().shadow).toEqual({ agreed: 1, differed: 1 });
      });
    }

    it("have options that nobody knows", async () => {
      const { adapter, cache } = setup(echo);
      const reply = await adapter.invoke({ messages: hello, reprise: { bindngs: {} } as never });
      expect(reply.text).toEqual("answer 0");
      expect(reply.reprise?.reason).toEqual("invalid");
      expect(cache.stats().bypasses).toEqual({ invalid: 1 });
    });

    it("pass over a binding without a value", async () => {
      const { adapter } = setup(echo);
      const reprise = { bindings: { a: undefined } } as never;
      await adapter.invoke({ messages: hello, reprise });
      expect((await adapter.invoke({ messages: hello, reprise })).reprise?.status).toEqual("hit");
    });

    it("are told of, as are replies that were not kept", async () => {
      const { adapter, cache } = setup(() => ({
        reply: { role: "assistant", content: "cut" },
        finishReason: "length",
      }));
      await adapter.invoke({ messages: hello });
      await adapter.stream({ messages: hello });
      expect(cache.stats().refused).toEqual({ "finish-reason": 2 });
    });
  });
}
