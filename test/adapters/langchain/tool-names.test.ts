import { describe, expect, it } from "vitest";
import { toolNames } from "../../../adapters/langchain/tool-names.js";

describe("tools that LangChain counts through the process", () => {
  it("are the same tool under every number", () => {
    const [one, other] = [toolNames(["look_up", "extract-3"]), toolNames(["look_up", "extract-12"])];
    expect(one.toCore("extract-3")).toBe(other.toCore("extract-12"));
    expect(other.fromCore(one.toCore("extract-3"))).toBe("extract-12");
    // In a thread that another process has begun.
    expect(other.toCore("extract-3")).toBe(one.toCore("extract-3"));
  });

  it("are told apart by their order, when there are several", () => {
    const names = toolNames(["extract-5", "extract-6"]);
    expect(["extract-5", "extract-6"].map(names.toCore)).toEqual(["extract-#1", "extract-#2"]);
    expect(["extract-#1", "extract-#2"].map(names.fromCore)).toEqual(["extract-5", "extract-6"]);
    expect(names.toCore("extract-9")).toBe("extract-9");
  });

  it("are all that is renamed", () => {
    for (const names of [toolNames([]), toolNames(["extract-1"])]) {
      for (const name of ["look_up", "extract", "extract-x", "__proto__", "constructor"]) {
        expect(names.fromCore(names.toCore(name))).toBe(name);
        expect(names.toCore(name)).toBe(name);
      }
    }
  });
});
