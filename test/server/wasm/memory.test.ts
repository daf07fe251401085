import { describe, expect, it } from "vitest";
import { BadMemory, withMemoryLimit } from "../../../server/wasm/memory.js";
import { assemble, SILENT } from "./assembler.js";

const PAGE = 64 * 1024;
const module = (...memory: [number, number?]) => assemble({ functions: { request: SILENT }, memory });
const most = (bytes: Uint8Array): [number, number | undefined] => {
  // The memory section is the one right before the exports.
  const at = bytes.findIndex(
    (byte, index) => byte === 5 && bytes[index + 2] === 1 && (bytes[index + 3] ?? 9) < 2,
  );
  return [bytes[at + 4] ?? 0, bytes[at + 3] === 1 ? bytes[at + 5] : undefined];
};

describe("the limit of a module's memory", () => {
  it("is written where there was none, and stays where it was lower", () => {
    expect(most(module(1))).toEqual([1, undefined]);
    expect(most(withMemoryLimit(module(1), 4 * PAGE + 1))).toEqual([1, 4]);
    expect(most(withMemoryLimit(module(1, 2), 4 * PAGE))).toEqual([1, 2]);
    expect(most(withMemoryLimit(module(1, 90), 4 * PAGE))).toEqual([1, 4]);
  });

  it("leaves a module without memory as it is", () => {
    const bytes = assemble({ functions: { request: SILENT } });
    expect(Buffer.from(withMemoryLimit(bytes, PAGE))).toEqual(Buffer.from(bytes));
  });

  it("refuses memory that is shared, of 64 bits, or beyond the limit at first", () => {
    const at = module(1).findIndex(
      (byte, index, all) => byte === 5 && all[index + 2] === 1 && all[index + 3] === 0,
    );
    for (const flags of [2, 3, 4, 5, 8]) {
      const bytes = module(1);
      bytes[at + 3] = flags;
      expect(() => withMemoryLimit(bytes, PAGE)).toThrow(BadMemory);
    }
    expect(() => withMemoryLimit(module(2), PAGE)).toThrow("beyond the limit of 65536");
  });
});
