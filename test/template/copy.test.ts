import fc from "fast-check";
import { expect, it } from "vitest";
import { copyOf } from "../../src/template/copy.js";

it("is equal, and shares nothing that can be changed", () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      const value: unknown = JSON.parse(text);
      const copy = copyOf(value);
      expect(JSON.stringify(copy)).toBe(JSON.stringify(value));
      if (typeof value === "object" && value !== null) expect(copy).not.toBe(value);
    }),
  );
  const value = JSON.parse('{"__proto__": {"a": [1]}, "b": {"c": []}}') as { b: { c: unknown[] } };
  const copy = copyOf(value);
  expect(JSON.stringify(copy)).toBe(JSON.stringify(value));
  expect(Object.getPrototypeOf(copy)).toBe(Object.prototype);
  copy.b.c.push(1);
  expect(value.b.c).toEqual([]);
});
