/** The adapter's types, as its users meet them. */
import type { LanguageModelV4CallOptions } from "@ai-sdk/provider";
import type { generateText, LanguageModelMiddleware } from "ai";
import type { generateText as generateText6, wrapLanguageModel as wrapLanguageModel6 } from "ai6";
import { createCache } from "reprise";
import { type RepriseCallOptions, type RepriseMetadata, repriseMiddleware } from "reprise/ai-sdk";
import { describe, expectTypeOf, it } from "vitest";

describe("repriseMiddleware", () => {
  it("is a middleware of the AI SDK, of both versions", () => {
    expectTypeOf(repriseMiddleware(createCache())).toExtend<LanguageModelMiddleware>();
    expectTypeOf(repriseMiddleware(createCache())).toExtend<
      NonNullable<Parameters<typeof wrapLanguageModel6>[0]["middleware"]>
    >();
  });

  it("knows its options", () => {
    expectTypeOf(repriseMiddleware).parameter(1).toExtend<{ coalesce?: boolean | undefined } | undefined>();
    repriseMiddleware(createCache(), { scope: (params) => `${params.seed}` });
    // @ts-expect-error an unknown option
    repriseMiddleware(createCache(), { colaesce: false });
  });

  it("has call options that providerOptions accept", () => {
    const reprise = {
      bindings: { name: "Erik", count: 3 },
      scope: "s",
      read: true,
      write: true,
      induce: false,
    } satisfies RepriseCallOptions;
    expectTypeOf({ reprise }).toExtend<NonNullable<LanguageModelV4CallOptions["providerOptions"]>>();
  });

  it("takes options that were written down before as they are typed", () => {
    const reprise: RepriseCallOptions = { bindings: { name: "Erik" }, scope: "s" };
    expectTypeOf({ reprise }).toExtend<NonNullable<LanguageModelV4CallOptions["providerOptions"]>>();
    expectTypeOf({ reprise }).toExtend<NonNullable<Parameters<typeof generateText>[0]["providerOptions"]>>();
    expectTypeOf({ reprise }).toExtend<NonNullable<Parameters<typeof generateText6>[0]["providerOptions"]>>();
  });

  it("says what it saved, whatever happened", () => {
    expectTypeOf<RepriseMetadata["status"]>().toEqualTypeOf<"hit" | "miss" | "bypass">();
    expectTypeOf<RepriseMetadata["saved"]>().toExtend<{ inputTokens: number; outputTokens: number }>();
  });
});
