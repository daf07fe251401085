import { describe, expect, it } from "vitest";
import { requestKey } from "../../../adapters/shared/request-key.js";

describe("a request's key", () => {
  const request = { messages: [{ role: "user", content: "Hi" }], model: "m" };

  it("is that of the call to the model: bindings and opt-outs do not change it, all else does", () => {
    expect(requestKey({ ...request, bindings: { a: 1 }, induce: false })).toBe(requestKey(request));
    const others = [
      { scope: "s" },
      { model: "n" },
      { tools: [1] },
      { settings: { seed: 1 } },
      { toolVersion: "2" },
      { messages: [] },
    ];
    expect(
      new Set([request, ...others.map((other) => ({ ...request, ...other }))].map(requestKey)).size,
    ).toBe(7);
  });
});
