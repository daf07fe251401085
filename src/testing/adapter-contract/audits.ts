/**
 * How hits that the cache wants checked are checked: in the background, and never at the caller's expense.
 */
import { type Cache, createCache } from "../../index.js";
import type { AdapterCall, ScriptedAnswer } from "../adapter-driver.js";
import { type Bench, hello, says } from "./bench.js";

/** For adapters that have the model at hand when they serve. */
export function audits({ driver, setup, describe, it, expect }: Bench): void {
  const audited = (): Cache => createCache({ policy: "eager", auditRate: 1 });
  const greet = (name: string): AdapterCall => ({
    messages: [{ role: "user", content: `Greet ${name}, please` }],
    reprise: { bindings: { name } },
  });
  const never = new Promise<never>(() => undefined);

  describe(`${driver.name}: audits`, () => {
    for (const mode of ["invoke", "stream"] as const) {
      it(`ask the model behind a hit, whose reply nobody gets and the cache learns from (${mode})`, async () => {
        const { adapter, cache } = setup(
          ({ index }) => says(["Hello Erik", "Good day, Ann", "Good day, Bob"][index] ?? "?"),
          audited(),
        );
        await adapter[mode](greet("Erik"));
        await cache.settled();
        const hit = await adapter[mode](greet("Ann"));
        expect(hit.text).toEqual("Hello Ann");
        expect(hit.usage.outputTokens).toEqual(0);
        expect(await until(() => adapter.modelCalls() === 2 && cache.stats().observed === 2)).toEqual(true);
        await cache.settled();
        expect((await adapter[mode](greet("Bob"))).text).toEqual("Good day, Bob");
      });

      it(`hold nobody, though the model never answers (${mode})`, async () => {
        const { adapter } = setup(({ index }) => (index === 0 ? says("answer") : never), audited());
        await adapter[mode]({ messages: hello });
        expect((await adapter[mode]({ messages: hello })).text).toEqual("answer");
        expect(await until(() => adapter.modelCalls() === 2)).toEqual(true);
      });

      it(`are nobody's failure when the model fails (${mode})`, async () => {
        const script = ({ index }: { index: number }): ScriptedAnswer =>
          index === 0 ? says("answer") : { error: new Error("down") };
        const { adapter, cache } = setup(script, audited());
        await adapter[mode]({ messages: hello });
        expect((await adapter[mode]({ messages: hello })).text).toEqual("answer");
        expect(await until(() => adapter.modelCalls() === 2)).toEqual(true);
        expect((await adapter[mode]({ messages: hello })).text).toEqual("answer");
        expect(cache.stats().observed).toEqual(1);
      });
    }

    it("are few at a time", async () => {
      const { adapter } = setup(({ index }) => (index === 0 ? says("answer") : never), audited());
      await adapter.invoke({ messages: hello });
      for (let call = 0; call < 50; call++)
        expect((await adapter.invoke({ messages: hello })).text).toEqual("answer");
      await until(() => adapter.modelCalls() > 1);
      expect(adapter.modelCalls() <= 9).toEqual(true);
    });

    it("are not made where the cache wants none", async () => {
      const { adapter } = setup(({ index }) => says(`answer ${index}`));
      await adapter.invoke({ messages: hello });
      await adapter.invoke({ messages: hello });
      await new Promise((resolve) => setTimeout(resolve, 10));
      expect(adapter.modelCalls()).toEqual(1);
    });
  });
}

/** Waits until something is so, for a second at most; says whether it came to be. */
async function until(isSo: () => boolean): Promise<boolean> {
  for (let turn = 0; turn < 200 && !isSo(); turn++) await new Promise((resolve) => setTimeout(resolve, 5));
  return isSo();
}
