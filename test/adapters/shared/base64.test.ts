import fc from "fast-check";
import { expect, it } from "vitest";
import { base64, portableBase64 } from "../../../adapters/shared/base64.js";

it("is the same with Node's Buffer and without", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
      const known = Buffer.from(bytes).toString("base64");
      expect([base64(bytes), portableBase64(bytes)]).toEqual([known, known]);
    }),
  );
  const many = new Uint8Array(100_000).fill(9);
  expect(portableBase64(many)).toBe(Buffer.from(many).toString("base64"));
});
