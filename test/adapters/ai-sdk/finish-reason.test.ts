import { describe, expect, it } from "vitest";
import { fromFinishReason, toFinishReason } from "../../../adapters/ai-sdk/finish-reason.js";

describe("a finish reason", () => {
  it.each([
    ["stop", "stop"],
    ["stop", "end_turn"],
    ["tool-calls", "tool_calls"],
    ["tool-calls", "tool_use"],
  ] as const)("%s (%s) comes back as it was", (unified, raw) => {
    const recorded = toFinishReason({ unified, raw });
    expect(recorded && fromFinishReason(recorded)).toEqual({ unified, raw });
  });

  it("keeps its meaning when the provider's word is unknown, absent, or means another ending", () => {
    expect(toFinishReason({ unified: "tool-calls", raw: "STOP" })).toBe("tool_calls");
    expect(toFinishReason({ unified: "tool-calls", raw: "stop" })).toBe("tool_calls");
    expect(toFinishReason({ unified: "stop", raw: undefined })).toBe("stop");
  });

  it("is not recorded when the reply was cut off, filtered or failed", () => {
    for (const unified of ["length", "content-filter", "error", "interrupted", "other"] as const) {
      expect(toFinishReason({ unified, raw: "stop" })).toBeUndefined();
    }
    expect(toFinishReason(undefined)).toBeUndefined();
  });
});
