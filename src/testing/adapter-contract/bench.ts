/**
 * What the parts of the adapter contract work with: an adapter around a scripted model, and the simplest of
 * scripts.
 */
import { type Cache, createCache } from "../../index.js";
import type { Message } from "../../types.js";
import type {
  AdapterDriver,
  AdapterSetup,
  AdapterUnderTest,
  ModelScript,
  ScriptedAnswer,
} from "../adapter-driver.js";
import type { TestApi } from "../store-contract.js";

/** The test functions, and the adapter they are about. */
export interface Bench extends TestApi {
  readonly driver: AdapterDriver;
  /** An adapter around this model, with a cache of its own in memory if none is given. */
  setup(
    model: ModelScript,
    cache?: Cache,
    options?: AdapterSetup["options"],
  ): { readonly cache: Cache; readonly adapter: AdapterUnderTest };
}

/** A bench for an adapter. */
export function openBench(driver: AdapterDriver, { describe, it, expect }: TestApi): Bench {
  const setup = (
    model: ModelScript,
    cache = createCache({ auditRate: 0 }),
    options: AdapterSetup["options"] = {},
  ) => ({
    cache,
    adapter: driver.create({ cache, model, options }),
  });
  return { driver, describe, it, expect, setup };
}

/** A reply of text, with what it cost. */
export function says(content: string): ScriptedAnswer {
  return { reply: { role: "assistant", content }, usage: { inputTokens: 10, outputTokens: 5 } };
}

/** A model that numbers its answers. */
export const echo: ModelScript = ({ index }) => says(`answer ${index}`);

/** A conversation. */
export const hello: Message[] = [{ role: "user", content: "hello" }];
