import { AIMessage } from "@langchain/core/messages";
import { expect, it } from "vitest";
import { finishReason } from "../../../adapters/langchain/finish-reason.js";

it.each([
  [{ response_metadata: { finish_reason: "stop" } }, "stop"],
  [{ response_metadata: { finish_reason: "tool_calls" } }, "tool_calls"],
  [{ response_metadata: { finishReason: "MAX_TOKENS" } }, "length"],
  [{ response_metadata: { finishReason: "SAFETY" } }, "content_filter"],
  [{ response_metadata: { stop_reason: "end_turn" } }, "stop"],
  [{ response_metadata: { stopReason: "tool_use" } }, "tool_calls"],
  [{ response_metadata: { done_reason: "stop" } }, "stop"],
  [{ response_metadata: { status: "completed" } }, "stop"],
  [{ response_metadata: { status: "incomplete" } }, "length"],
  [{ response_metadata: { status: 200 } }, undefined],
  [{ additional_kwargs: { stop_reason: "refusal" } }, "content_filter"],
  [{ response_metadata: { stop_reason: "pause_turn" } }, "pause_turn"],
  [{}, undefined],
])("a reply with %j ended for: %s", (fields, reason) => {
  expect(finishReason(new AIMessage({ content: "", ...fields }))).toBe(reason);
});

it("what stands beside the message counts when the message says nothing", () => {
  expect(finishReason(new AIMessage(""), { finish_reason: "length" })).toBe("length");
});
