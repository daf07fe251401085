import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CallNumbers, normaliseMessage } from "../../../src/answer/normalise.js";
import { replyOf } from "../../../src/answer/reply.js";
import { turnKey } from "../../../src/template/digest.js";
import { equalJson } from "../../../src/template/json.js";
import { Binder, matchTurn } from "../../../src/template/match.js";
import {
  alike,
  comparing,
  contentOf,
  dataIn,
  holding,
  isBlank,
  isHidden,
  isPartName,
  isReplied,
  mapPart,
  mapPartIfAll,
  PART_NAMES,
  partKind,
  partOfContent,
  placeNameOf,
  refusedFor,
  structureOf,
} from "../../../src/template/parts/index.js";
import type { Part } from "../../../src/template/turn.js";
import { literalPart } from "../../../src/template/visit.js";
import { jsons, partsOf, texts } from "../../support/arbitrary.js";

const PARTS = partsOf(texts, jsons);
const alone = (part: Part) => ({ role: "assistant", parts: [part] });
const equal = (left: Part, right: Part): boolean => {
  const [a, b] = [contentOf(left), contentOf(right)];
  if (!alike(left, right) || !a || !b) return alike(left, right);
  return "text" in a ? "text" in b && a.text === b.text : "json" in b && equalJson(a.json, b.json);
};

describe.each(PART_NAMES)("a part of kind %s", (kind) => {
  const parts: fc.Arbitrary<Part> = PARTS[kind];

  it("has the structure of another exactly where the two are alike", () => {
    fc.assert(
      fc.property(parts, parts, (left, right) => {
        expect(partKind(left.kind).structure(left) === partKind(right.kind).structure(right)).toBe(
          alike(left, right),
        );
        expect(structureOf(alone(left)) === structureOf(alone(right))).toBe(alike(left, right));
      }),
    );
  });

  it("is itself again when nothing of it is changed, and alike when what it holds is", () => {
    fc.assert(
      fc.property(parts, (part) => {
        expect(mapPart(part, { text: (text) => text, json: (value) => value })).toEqual(part);
        expect(alike(part, mapPart(part, { text: () => "other", json: () => null }))).toBe(true);
        expect(mapPartIfAll(part, { text: () => undefined, json: () => undefined })).toEqual(
          contentOf(part) ? undefined : part,
        );
        const content = contentOf(part);
        if (content) expect(holding(part, content)).toEqual(part);
      }),
    );
  });

  it("hands over what two hold side by side", () => {
    fc.assert(
      fc.property(parts, texts, jsons, (part, text, json) => {
        const other = mapPart(part, { text: () => text, json: () => json });
        const pair = comparing<unknown, unknown, unknown, unknown, undefined, unknown[] | undefined>({
          text: (a, b) => [a, b],
          json: (a, b) => [a, b],
          nothing: [],
          unlike: undefined,
        });
        const both = [part, other].flatMap((each) => Object.values(contentOf(each) ?? {}));
        expect(pair(part, other, undefined)).toEqual(both);
        expect(pair(part, { ...part, kind: kind === "text" ? "json" : "text" } as Part, undefined)).toBe(
          undefined,
        );
      }),
    );
  });

  it("has the key of another exactly where the two are equal, and only then fits it", () => {
    fc.assert(
      fc.property(parts, parts, (left, right) => {
        const pattern = { role: "assistant", parts: [literalPart(left)] };
        expect(turnKey(alone(left)) === turnKey(alone(right))).toBe(equal(left, right));
        expect(matchTurn(pattern, alone(right), new Binder(new Map())) === "fits").toBe(equal(left, right));
        expect(matchTurn(pattern, alone(left), new Binder(new Map()))).toBe("fits");
      }),
    );
  });

  it.runIf(partKind(kind).addTo)("is read back from a reply that holds it", () => {
    const isSaid = (part: Part): boolean => !Object.values(contentOf(part) ?? {}).includes("");
    fc.assert(
      fc.property(parts.filter(isSaid), (part) => {
        expect(
          normaliseMessage(
            replyOf(alone(part), () => "id"),
            new CallNumbers(),
          ),
        ).toEqual(alone(part));
      }),
    );
  });

  it.skipIf(partKind(kind).addTo)("is no content part that a reply could hold", () => {
    expect(partKind(kind).fromContent).toBeUndefined();
  });
});

describe("kinds of parts", () => {
  const example = (kind: (typeof PART_NAMES)[number]): Part =>
    fc.sample<Part>(PARTS[kind], { numRuns: 1, seed: 1 })[0] as Part;

  it("are told apart by name, and no other name is one", () => {
    expect(PART_NAMES.every(isPartName)).toBe(true);
    for (const name of ["__proto__", "constructor", "each", "", undefined])
      expect(isPartName(name)).toBe(false);
    const structures = PART_NAMES.map((kind) => partKind(kind).structure(example(kind)).split(" ")[0]);
    expect(structures).toEqual(PART_NAMES);
  });

  it.each([
    { kind: "text", isData: true, hidden: false, replied: true },
    { kind: "reasoning", isData: false, hidden: true, replied: true },
    { kind: "refusal", isData: false, hidden: false, replied: true },
    { kind: "json", isData: true, hidden: false, replied: false },
    { kind: "call", isData: true, hidden: false, replied: true },
    { kind: "result", isData: false, hidden: false, replied: false },
    { kind: "opaque", isData: false, hidden: false, replied: false },
  ] as const)(
    "say what is data, what templates do not see, what a reply can hold: $kind",
    ({ kind, isData, hidden, replied }) => {
      const part = example(kind);
      expect([dataIn(part) !== undefined, placeNameOf(part) !== undefined]).toEqual([isData, isData]);
      expect([isHidden(part), isReplied(part)]).toEqual([hidden, replied]);
    },
  );

  it("say which replies are not kept", () => {
    expect(refusedFor({ kind: "refusal", text: "No." })).toBe("finish-reason");
    expect(refusedFor({ kind: "opaque", type: "call find", digest: "x" })).toBe("invalid-arguments");
    expect(refusedFor({ kind: "opaque", type: "image_url", digest: "x" })).toBeUndefined();
    expect(isBlank({ kind: "text", text: " \n" })).toBe(true);
    expect(isBlank({ kind: "text", text: "x" })).toBe(false);
    expect(isBlank({ kind: "reasoning", text: "x" })).toBe(true);
    expect(isBlank({ kind: "call", tool: "t", args: null })).toBe(false);
  });

  it("are read from content parts of their name alone, and only where these are what they should be", () => {
    expect(partOfContent({ type: "text", text: "x" })).toEqual({ kind: "text", text: "x" });
    expect(partOfContent({ type: "reasoning", text: "x" })).toEqual({ kind: "reasoning", text: "x" });
    for (const type of ["json", "call", "result", "opaque", "refusal", "__proto__", "image_url"])
      expect(partOfContent({ type, text: "x" })).toBeUndefined();
    expect(partOfContent({ type: "text" })).toBeUndefined();
  });

  it("hold either a text or JSON", () => {
    expect(() => holding({ kind: "text", text: "x" }, { json: null })).toThrow("either a text or JSON");
    expect(() => holding({ kind: "json", value: null }, { text: "x" })).toThrow("either a text or JSON");
  });
});
