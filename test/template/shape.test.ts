import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { accepts } from "../../src/template/domain.js";
import { hasShape, shapeOf, shapeWith } from "../../src/template/shape.js";
import { written as json } from "../support/turns.js";

const shape = (text: string): string => shapeOf(json(text));

describe("the shape of a JSON value", () => {
  it("is keys, types, emptiness, flags and status words", () => {
    expect(shape('[{"id": 7, "state": "open", "name": "Raj Patel"}]')).toBe(
      '[1 {"id":number,"name":text,"state":"open"}]',
    );
    expect(shape('{"ok": true, "none": null, "text": "", "list": [], "object": {}}')).toBe(
      '{"list":[],"none":null,"object":{},"ok":true,"text":""}',
    );
  });

  it("is the same for other data, in another order of keys", () => {
    expect(shape('{"a": 1, "b": "Ann Marsh"}')).toBe(shape('{"b": "Raj P.", "a": 2.50}'));
    expect(shape("[1, 2]")).toBe(shape("[3, 4, 5]"));
  });

  it("tells apart what decides", () => {
    const all = [
      '{"ok": true}',
      '{"ok": false}',
      '{"ok": null}',
      '{"ok": 1}',
      '{"ok": "Yes sir"}',
      '{"ok": ""}',
      '{"ok": "paid"}',
      '{"ok": "due"}',
      '{"ok": []}',
      '{"ok": [1]}',
      '{"ok": [1, 2]}',
      '{"ok": ["A B"]}',
      '{"ok": {}}',
      '{"no": true}',
      "{}",
      "[]",
    ];
    expect(new Set(all.map(shape)).size).toBe(all.length);
  });

  it("takes only short lower-case words for a state", () => {
    expect(shape('"in_progress"')).toBe('"in_progress"');
    for (const text of ['"Open"', '"two words"', '"u7"', `"${"a".repeat(25)}"`, '"-x"'])
      expect(shape(text)).toBe("text");
  });

  it("looks through keys that are data, and lists of several shapes", () => {
    expect(shape('{"2023-11-21": {"n": 1}, "2023-11-22": {"n": 2}}')).toBe(shape('{"2024-01-01": {"n": 3}}'));
    expect(shape('{"2023-11-21": 1}')).toBe("{* number}");
    expect(shape('{"address1": 1, "2023": 2}')).toBe('{"2023":number,"address1":number}');
    expect(shape('[1, "A b", 2]')).toBe(shape('["C d", 3]'));
  });

  it("is bounded in length", () => {
    const long = shapeOf(
      json(
        JSON.stringify(
          Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`key_${"x".repeat(i)}`, i])),
        ),
      ),
    );
    expect(long.length).toBeLessThanOrEqual(2_001);
    expect(long.endsWith("…")).toBe(true);
  });

  it("does not change when numbers and names do", () => {
    const data = fc.letrec<{ value: (fill: [number, string]) => unknown }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 3 },
        fc.constantFrom<(fill: [number, string]) => unknown>(
          ([n]) => n,
          ([, s]) => `Name ${s}`,
          () => true,
          () => null,
          () => "open",
          () => "",
        ),
        fc
          .array(tie("value"), { maxLength: 3 })
          .map((items) => (fill: [number, string]) => items.map((item) => item(fill))),
        fc
          .dictionary(fc.constantFrom("a", "b", "c", "__proto__"), tie("value"), { maxKeys: 3 })
          .map(
            (entries) => (fill: [number, string]) =>
              Object.fromEntries(Object.entries(entries).map(([key, item]) => [key, item(fill)])),
          ),
      ),
    })).value;
    const fills = fc.tuple(fc.integer(), fc.string({ unit: fc.constantFrom("x", "Y", " ", "é") }));
    fc.assert(
      fc.property(data, fills, fills, (make, one, two) => {
        expect(shape(JSON.stringify(make(one)))).toBe(shape(JSON.stringify(make(two))));
      }),
    );
  });
});

describe("a shape with keys whose words are data", () => {
  const of = (text: string, ...keys: string[]): string => shapeWith(json(text), new Set(keys));

  it("takes words under these keys for texts, wherever they stand, and all others as before", () => {
    expect(of('{"item": "teapot", "state": "open"}', "item")).toBe('data item {"item":text,"state":"open"}');
    expect(of('[{"item": "teapot"}, {"item": "Big pot"}]', "item", "none")).toBe(
      'data item [n {"item":text}]',
    );
    expect(of('{"tags": ["new", "Very old"]}', "tags")).toBe('data tags {"tags":[n text]}');
    expect(of('{"item": ""}', "item")).toBe('data item {"item":""}');
    expect(of('{"state": "open"}', "item")).toBe(shape('{"state": "open"}'));
    expect(of('{"state": "open"}')).toBe(shape('{"state": "open"}'));
  });

  it("is had by values that differ in these words alone", () => {
    const shape = of('{"item": "teapot", "state": "open"}', "item");
    const has = (text: string): boolean =>
      accepts({ kinds: [], values: [], except: [], shapes: [shape] }, json(text));
    expect(['{"item":"kettle","state":"open"}', '{"item":"Big pot","state":"open"}'].map(has)).toEqual([
      true,
      true,
    ]);
    expect(
      [
        '{"item":"kettle","state":"shut"}',
        '{"item":5,"state":"open"}',
        '{"item":"","state":"open"}',
        "[]",
      ].map(has),
    ).toEqual([false, false, false, false]);
    expect(hasShape(shapeOf(json('{"a":1}')), json('{"a":2}'))).toBe(true);
    expect(hasShape(shapeOf(json('{"a":1}')), json('{"a":"x"}'))).toBe(false);
  });

  it("is had by the value it was made of, whatever its keys are", () => {
    const key = fc.oneof(
      fc.constantFrom("a b", "a,b", "%", "%s", "data x", "__proto__", "\ud800", '"'),
      fc.string(),
    );
    fc.assert(
      fc.property(
        fc.dictionary(key, fc.constantFrom("open", "Big", 1, null)),
        fc.array(key),
        (object, more) => {
          const value = json(JSON.stringify(object));
          expect(
            hasShape(shapeWith(value, new Set([...Object.keys(object).slice(0, 2), ...more])), value),
          ).toBe(true);
        },
      ),
    );
  });
});
