import { describe, expect, it } from "vitest";
import { Aside } from "../../../adapters/shared/aside.js";
import { refuseServerState } from "../../../adapters/shared/server-state.js";

describe("settings that name state of the provider", () => {
  it.each([
    { conversation: "conv_1" },
    { conversation: { id: "conv_1" } },
    { previousResponseId: "resp_1" },
    { previous_response_id: "resp_1" },
    { openai: { conversation: "conv_1" } },
    { google: { cachedContent: "cachedContents/1" } },
    { cachedContent: { name: "cachedContents/1" } },
    { anthropic: { container: { id: "c" } } },
    { modelKwargs: { thread_id: "t", assistant_id: "a" } },
  ])("%j", (settings) => {
    expect(() => refuseServerState({ temperature: 0 }, settings)).toThrow(Aside);
  });

  it.each([
    undefined,
    {},
    { conversation: null, previousResponseId: undefined, container: "" },
    { anthropic: { container: { skills: [] } } },
    { container: true },
    { text: "conversation", stop: ["previousResponseId"] },
  ])("is not %j", (settings) => {
    expect(() => refuseServerState(settings)).not.toThrow();
  });
});
