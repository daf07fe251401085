import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  canonicalJson,
  equalJson,
  fromJavaScript,
  type Json,
  Numeral,
  parseJson,
  printJson,
  scalarText,
} from "../../src/template/json.js";
import { jsons, texts } from "../support/arbitrary.js";

/** The value as `JSON.parse` would have given it. */
function plain(value: Json): unknown {
  if (value instanceof Numeral) return Number(value.raw);
  if (Array.isArray(value)) return value.map(plain);
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, item]) => [key, plain(item)]));
  return value;
}

function parsed(text: string): Json {
  const result = parseJson(text);
  if (!result.ok) throw new Error(result.fault);
  return result.value;
}

describe("parsing JSON", () => {
  it("agrees with JSON.parse on every text that JSON.stringify writes, with any whitespace", () => {
    fc.assert(
      fc.property(
        fc.jsonValue({ depthSize: "medium" }),
        fc.constantFrom(undefined, 1, "\t"),
        (value, indent) => {
          const text = JSON.stringify(value, null, indent);
          expect(plain(parsed(text))).toEqual(JSON.parse(text));
        },
      ),
    );
  });

  it("refuses exactly what JSON.parse refuses, duplicate keys aside", () => {
    const characters = fc.constantFrom(...'{}[]",:0123-.eE+tfnulrase \\u\n\u0000');
    const near = fc.oneof(
      fc.array(characters, { maxLength: 12 }).map((parts) => parts.join("")),
      fc
        .tuple(fc.json(), fc.nat(), characters)
        .map(
          ([text, at, char]) =>
            text.slice(0, at % (text.length + 1)) + char + text.slice((at % (text.length + 1)) + 1),
        ),
    );
    fc.assert(
      fc.property(near, (text) => {
        let valid = true;
        try {
          JSON.parse(text);
        } catch {
          valid = false;
        }
        const result = parseJson(text);
        if (result.ok || result.fault === "syntax") expect(result.ok).toBe(valid);
      }),
      { numRuns: 3_000 },
    );
  });

  it.each([
    '{"a":1,"a":1}',
    '{"a":1,"\\u0061":2}',
    '[{"b":{"x":0,"y":1,"x":0}}]',
    '{"__proto__":1,"__proto__":2}',
  ])("refuses the repeated key in %s", (text) => {
    expect(parseJson(text)).toEqual({ ok: false, fault: "duplicate-keys" });
  });

  it.each(["9007199254740993", "1.0", "1e400", "-0", "0.10", "1E+2", "123456789012345678901234567890.00"])(
    "keeps the digits of %s",
    (text) => {
      expect(printJson(parsed(text))).toBe(text);
      expect(scalarText(parsed(text))).toBe(text);
    },
  );

  it("keeps a key named __proto__ as data", () => {
    const value = parsed('{"__proto__":{"polluted":true},"constructor":1}') as Map<string, Json>;
    expect([...value.keys()]).toEqual(["__proto__", "constructor"]);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  it("refuses what nests too deep, without overflowing the stack", () => {
    expect(parseJson("[".repeat(100_000))).toEqual({ ok: false, fault: "too-deep" });
    expect(parseJson('{"a":'.repeat(100_000))).toEqual({ ok: false, fault: "too-deep" });
    expect(parseJson("[".repeat(150) + "]".repeat(150)).ok).toBe(true);
  });
});

describe("printing and comparing JSON", () => {
  it("reads back what it prints", () => {
    fc.assert(fc.property(jsons, (value) => void expect(parsed(printJson(value))).toEqual(value)));
  });

  it("gives equal values, and only those, one canonical text", () => {
    fc.assert(
      fc.property(jsons, jsons, (left, right) => {
        expect(canonicalJson(left) === canonicalJson(right)).toBe(equalJson(left, right));
        expect(equalJson(left, parsed(canonicalJson(left)))).toBe(true);
      }),
    );
  });

  it("takes key order as free, and everything else as told", () => {
    const same = (left: string, right: string): boolean => equalJson(parsed(left), parsed(right));
    expect(same('{"a":1,"b":[2]}', '{ "b": [2], "a": 1 }')).toBe(true);
    expect(same('"\\u00e9"', '"é"')).toBe(true);
    for (const [left, right] of [
      ["1", "1.0"],
      ["9007199254740993", "9007199254740992"],
      ["[1,2]", "[2,1]"],
      ['"1"', "1"],
      ["null", "false"],
      ["{}", "[]"],
      ['{"a":null}', '{"b":null}'],
      ["1e400", "2e400"],
      ["[1]", "[1,1]"],
      ['"é"', '"e\u0301"'],
    ] as const) {
      expect([left, right, same(left, right)]).toEqual([left, right, false]);
      expect(same(right, left)).toBe(false);
    }
  });

  it("has a text for scalars only", () => {
    expect([
      scalarText("a"),
      scalarText(true),
      scalarText(null),
      scalarText([]),
      scalarText(new Map()),
    ]).toEqual(["a", "true", undefined, undefined, undefined]);
  });
});

describe("JavaScript values as JSON", () => {
  const text = (value: unknown): string | undefined => {
    const json = fromJavaScript(value);
    return json === undefined ? undefined : canonicalJson(json);
  };

  it("follows JSON.stringify", () => {
    fc.assert(
      fc.property(
        fc.object({ withDate: true, withSparseArray: true }),
        (value) => void expect(text(value)).toBe(canonicalJson(parsed(JSON.stringify(value)))),
      ),
    );
    expect(text({ a: undefined, b: () => 1, url: new URL("https://a.example/b") })).toBe(
      '{"url":"https://a.example/b"}',
    );
    expect(text(undefined)).toBeUndefined();
    expect(text(() => 1)).toBeUndefined();
  });

  it("never rounds a bigint", () => {
    expect(text({ id: 9007199254740993n })).toBe('{"id":9007199254740993}');
  });

  it("tells bytes apart, however they are held", () => {
    const bytes = (...values: number[]) => new Uint8Array(values);
    for (const hold of [
      (b: Uint8Array) => b,
      (b: Uint8Array) => Buffer.from(b),
      (b: Uint8Array) => b.buffer,
      (b: Uint8Array) => new DataView(b.buffer as ArrayBuffer),
    ]) {
      expect(text({ data: hold(bytes(1, 2)) })).toBe('{"data":"AQI="}');
      expect(text(hold(bytes(1, 3)))).not.toBe(text(hold(bytes(1, 2))));
    }
  });

  it("tells maps, sets and regular expressions apart by what is in them", () => {
    expect(text(new Map([["t", 1]]))).not.toBe(text(new Map([["t", 2]])));
    expect(text(new Set([1]))).not.toBe(text(new Set([2])));
    expect(text({ pattern: /a/i })).not.toBe(text({ pattern: /a/ }));
  });

  it("throws on what it cannot see into, on cycles and on endless depth", () => {
    const cycle: Record<string, unknown> = {};
    cycle.self = cycle;
    let deep: unknown = 1;
    for (let level = 0; level < 300; level++) deep = [deep];
    for (const value of [new Blob(["a"]), Promise.resolve(1), new ReadableStream(), cycle, deep])
      expect(() => fromJavaScript({ value })).toThrow();
    expect(text(Object.create(null))).toBe("{}");
    expect(
      text(
        new (class Point {
          x = 1;
        })(),
      ),
    ).toBe('{"x":1}');
  });

  it("carries any text through, lone surrogates and NUL too", () => {
    fc.assert(
      fc.property(
        texts,
        (value) => void expect(fromJavaScript({ value })).toEqual(new Map([["value", value]])),
      ),
    );
  });
});
