import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  decodeTemplate,
  decodeTurn,
  type EncodedTemplate,
  encodeTemplate,
  encodeTurn,
} from "../../src/template/codec.js";
import { parseText } from "../../src/template/notation.js";
import type { Template } from "../../src/template/template.js";
import { templates, turns } from "../support/arbitrary.js";

const throughText = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe("templates and turns as JSON", () => {
  it("reads any template back from JSON text as it was", () => {
    fc.assert(
      fc.property(
        templates,
        (template) => void expect(decodeTemplate(throughText(encodeTemplate(template)))).toEqual(template),
      ),
      { numRuns: 500 },
    );
  });

  it("reads any turn back from JSON text as it was", () => {
    fc.assert(
      fc.property(turns, (turn) => void expect(decodeTurn(throughText(encodeTurn(turn)))).toEqual(turn)),
      { numRuns: 500 },
    );
  });

  it("writes different templates differently", () => {
    fc.assert(
      fc.property(templates, templates, (left, right) => {
        if (JSON.stringify(encodeTemplate(left)) === JSON.stringify(encodeTemplate(right)))
          expect(left).toEqual(right);
      }),
    );
  });

  const template: Template = {
    turns: [
      { role: "user", parts: [{ kind: "text", text: parseText("Hi {{name}}") }] },
      {
        role: "tool",
        parts: [
          { kind: "result", call: 0, error: false },
          {
            kind: "json",
            value: {
              kind: "object",
              entries: new Map([
                [
                  "a",
                  {
                    kind: "value",
                    place: { name: "v", domain: { kinds: ["json"], values: [], except: [] } },
                  },
                ],
              ]),
            },
          },
        ],
      },
    ],
    reply: {
      role: "assistant",
      parts: [
        {
          kind: "call",
          tool: "t",
          args: {
            kind: "array",
            items: [
              { kind: "literal", value: null },
              { kind: "text", text: ["x", { hypotheses: [{ kind: "variable", name: "name" }] }] },
            ],
          },
        },
      ],
    },
    guards: [],
  };
  const encoded = (): EncodedTemplate => throughText(encodeTemplate(template)) as EncodedTemplate;

  it.each<
    [
      string,
      (e: {
        turns: { role: unknown; parts: unknown[][] }[];
        reply: { parts: unknown[][] };
        guards: unknown[];
      }) => unknown,
    ]
  >([
    ["is no object", () => 5],
    ["has a field too many", (e) => ({ ...e, extra: 1 })],
    ["lacks its reply", (e) => ({ ...e, reply: undefined })],
    ["has a role that is no text", (e) => ({ ...e, turns: [{ role: 5, parts: [] }] })],
    ["has a part of an unknown kind", (e) => ({ ...e, turns: [{ role: "user", parts: [["smell", []]] }] })],
    ["has an empty literal", (e) => ({ ...e, turns: [{ role: "user", parts: [["text", [""]]] }] })],
    [
      "has two literals side by side",
      (e) => ({ ...e, turns: [{ role: "user", parts: [["text", ["a", "b"]]] }] }),
    ],
    [
      "has two slots side by side",
      (e) => ({
        ...e,
        turns: [
          {
            role: "user",
            parts: [
              [
                "text",
                [
                  ["a", "line"],
                  ["b", "line"],
                ],
              ],
            ],
          },
        ],
      }),
    ],
    ["has a slot without a domain", (e) => ({ ...e, turns: [{ role: "user", parts: [["text", [["a"]]]] }] })],
    [
      "has a slot with a field too many",
      (e) => ({ ...e, turns: [{ role: "user", parts: [["text", [["a", "line", "x"]]]] }] }),
    ],
    [
      "has a slot of an unknown kind",
      (e) => ({ ...e, turns: [{ role: "user", parts: [["text", [["a", "smell"]]]] }] }),
    ],
    [
      "has a literal that is no JSON",
      (e) => ({ ...e, turns: [{ role: "user", parts: [["json", ["=", "{"]]] }] }),
    ],
    [
      "has a literal with a key twice",
      (e) => ({ ...e, turns: [{ role: "user", parts: [["json", ["=", '{"a":1,"a":2}']]] }] }),
    ],
    [
      "has an object with a key twice",
      (e) => ({
        ...e,
        turns: [
          {
            role: "user",
            parts: [
              [
                "json",
                [
                  "object",
                  [
                    ["a", ["=", "1"]],
                    ["a", ["=", "1"]],
                  ],
                ],
              ],
            ],
          },
        ],
      }),
    ],
    [
      "has a hole with a broken expression",
      (e) => ({ ...e, reply: { role: "assistant", parts: [["text", [["title("]]]] } }),
    ],
    [
      "has a hole without hypotheses",
      (e) => ({ ...e, reply: { role: "assistant", parts: [["text", [[]]]] } }),
    ],
    [
      "repeats a part without a list",
      (e) => ({ ...e, reply: { role: "assistant", parts: [["each", [], "item", "t", ["=", "1"]]] } }),
    ],
    [
      "repeats a part without a name",
      (e) => ({ ...e, reply: { role: "assistant", parts: [["each", ["x"], 5, "t", ["=", "1"]]] } }),
    ],
    [
      "repeats a part of a field too many",
      (e) => ({ ...e, reply: { role: "assistant", parts: [["each", ["x"], "i", "t", ["=", "1"], 1]] } }),
    ],
    [
      "repeats a part of the conversation",
      (e) => ({ ...e, turns: [{ role: "assistant", parts: [["each", ["x"], "i", "t", ["=", "1"]]] }] }),
    ],
    ["names no list of the caller's variables", (e) => ({ ...e, given: "name" })],
    ["names a caller's variable that is no text", (e) => ({ ...e, given: [5] })],
    ["has a guard that is no expression", (e) => ({ ...e, guards: ["a >"] })],
    [
      "has a call number that is no integer",
      (e) => ({ ...e, turns: [{ role: "tool", parts: [["result", 0.5, false]] }] }),
    ],
  ])("refuses a record that %s", (_, change) => {
    expect(decodeTemplate(encoded())).toEqual(template);
    expect(() => decodeTemplate(change(encoded() as never))).toThrow();
  });

  it.each([
    [{ role: "user", parts: [["text", [["name", "line"]]]] }],
    [{ role: "user", parts: [["text", ["a", ["name", "line"]]]] }],
    [{ role: "user", parts: [["json", ["value", ["name", "line"]]]] }],
    [{ role: "user", parts: [["call", "t", ["text", ["a"]]]] }],
    [{ role: "user" }],
    ["user"],
  ])("refuses a turn with places or without parts: %j", (value) => {
    expect(() => decodeTurn(value)).toThrow();
  });
});
