import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  base64,
  byteLength,
  hex,
  portableBase64,
  randomBytes,
  utf8,
  utf16,
} from "../../src/template/bytes.js";
import { portableSha256, sha256 } from "../../src/template/sha256.js";

const texts = fc.string({ unit: "binary", maxLength: 200 });
const bytes = fc.uint8Array({ maxLength: 200 });

describe("SHA-256", () => {
  it("is the same with Node's own and without, for texts and for bytes", () => {
    fc.assert(
      fc.property(
        fc.oneof(texts, bytes),
        fc.constantFrom("hex" as const, "base64url" as const),
        (data, encoding) => {
          const known = createHash("sha256").update(data).digest(encoding);
          expect([sha256(data, encoding), portableSha256(data, encoding)]).toEqual([known, known]);
        },
      ),
    );
  });
});

describe("bytes", () => {
  it("are the same as Node's Buffer has them", () => {
    fc.assert(
      fc.property(bytes, texts, (some, text) => {
        const known = Buffer.from(some).toString("base64");
        expect([base64(some), portableBase64(some)]).toEqual([known, known]);
        expect(hex(some)).toBe(Buffer.from(some).toString("hex"));
        expect(Buffer.from(utf16(text))).toEqual(Buffer.from(text, "utf16le"));
        expect([byteLength(text), utf8(text).length]).toEqual([
          Buffer.byteLength(text),
          Buffer.byteLength(text),
        ]);
      }),
    );
  });

  it("may be many, and a part of a larger buffer", () => {
    const many = new Uint8Array(200_000).fill(7);
    expect(portableBase64(many)).toBe(Buffer.from(many).toString("base64"));
    expect(base64(new Uint8Array([1, 2, 3, 4]).subarray(1, 3))).toBe(Buffer.from([2, 3]).toString("base64"));
  });

  it("are drawn at random, as many as asked for", () => {
    expect(randomBytes(10)).toHaveLength(10);
    expect(hex(randomBytes(10))).not.toBe(hex(randomBytes(10)));
  });
});
