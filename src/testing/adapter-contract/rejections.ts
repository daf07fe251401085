/** That a reply which was refused, or asked for anew, is not served again. */
import { createCache } from "../../index.js";
import type { AdapterCall } from "../adapter-driver.js";
import { type Bench, echo, hello, says } from "./bench.js";

/** Rejecting a hit, a template's hit, and what the model has just said; and `read: false` as a refresh. */
export function rejections({ driver, setup, describe, it, expect }: Bench): void {
  describe(`${driver.name}: replies that were wrong`, () => {
    for (const mode of ["invoke", "stream"] as const) {
      it(`are not served again when they are rejected, of the model and of the cache (${mode})`, async () => {
        const { adapter } = setup(echo);
        const asked = await adapter[mode]({ messages: hello });
        expect(await adapter.reject(asked)).toEqual(true);
        expect((await adapter[mode]({ messages: hello })).text).toEqual("answer 1");
        const hit = await adapter[mode]({ messages: hello });
        expect(hit.reprise?.status).toEqual("hit");
        expect(await adapter.reject(hit)).toEqual(true);
        expect((await adapter[mode]({ messages: hello })).text).toEqual("answer 2");
        expect((await adapter[mode]({ messages: hello })).text).toEqual("answer 2");
      });
    }

    it("end the template that gave them", async () => {
      const greet = (name: string): AdapterCall => ({
        messages: [{ role: "user", content: `Greet ${name}, please` }],
        reprise: { bindings: { name } },
      });
      const { adapter, cache } = setup(
        ({ index }) => says(index === 0 ? "Hello Erik" : "Good day"),
        createCache({ policy: "eager", auditRate: 0 }),
      );
      await adapter.invoke(greet("Erik"));
      await cache.settled();
      const hit = await adapter.invoke(greet("Ann"));
      expect(hit.text).toEqual("Hello Ann");
      expect(await adapter.reject(hit)).toEqual(true);
      expect((await adapter.invoke(greet("Bob"))).text).toEqual("Good day");
    });

    it("are replaced by asking anew", async () => {
      const { adapter } = setup(echo);
      await adapter.invoke({ messages: hello });
      expect((await adapter.invoke({ messages: hello, reprise: { read: false } })).text).toEqual("answer 1");
      expect((await adapter.invoke({ messages: hello })).text).toEqual("answer 1");
      expect((await adapter.stream({ messages: hello, reprise: { read: false } })).text).toEqual("answer 2");
      expect((await adapter.invoke({ messages: hello })).text).toEqual("answer 2");
      expect(adapter.modelCalls()).toEqual(3);
    });
  });
}
