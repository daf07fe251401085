import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Arguments, FAMILIARITIES } from "../../src/tree/arguments.js";

function holding(values: Record<string, readonly string[]>): Arguments {
  const args = new Arguments();
  for (const [place, texts] of Object.entries(values)) for (const text of texts) args.add(place, text);
  return args;
}

describe("what an argument has held", () => {
  it("tells how well a value is known there", () => {
    const args = holding({ "find.name": ["Ann Marsh", "Raj Patel"] });
    expect(args.familiarity("find.name", "Ann Marsh")).toBe("seen");
    expect(args.familiarity("find.name", "Lena Olsen")).toBe("shaped");
    expect(args.familiarity("find.other", "Ann Marsh")).toBe("novel");
    expect(FAMILIARITIES).toEqual(["seen", "typed", "shaped", "novel"]);
  });

  it("takes one number, date or address for as good as another, of the same type only", () => {
    const args = holding({ "t.n": ["7", "12"], "t.day": ["2023-11-21"], "t.mail": ["a@b.example"] });
    expect(args.familiarity("t.n", "915")).toBe("typed");
    expect(args.familiarity("t.n", "7")).toBe("seen");
    expect(args.familiarity("t.n", "7.5")).toBe("novel");
    expect(args.familiarity("t.day", "2024-01-02")).toBe("typed");
    expect(args.familiarity("t.day", "915")).toBe("novel");
    expect(args.familiarity("t.mail", "c@d.example")).toBe("typed");
  });

  it("knows nothing of a value that is longer, begins or ends otherwise, or is of another form", () => {
    const args = holding({ "find.name": ["Ann Marsh", "Raj Patel"] });
    for (const text of ["Ann Maria Marsh", "ann marsh", "Ann M.", "Ann 7", "(Ann)", "Ann/Marsh"]) {
      expect([text, args.familiarity("find.name", text)]).toEqual([text, "novel"]);
    }
  });

  it("knows nothing of a value made of words that were wording elsewhere, unless they were data here", () => {
    const args = holding({ "find.name": ["red shoes", "blue hats"] });
    expect(args.familiarity("find.name", "green gloves")).toBe("shaped");
    for (let count = 0; count < 3; count++) {
      expect(args.familiarity("find.name", "please hurry")).toBe("shaped");
      args.addWording("Find it, please!");
      args.addWording("red");
    }
    expect(args.familiarity("find.name", "please hurry")).toBe("novel");
    expect(args.familiarity("find.name", "red gloves")).toBe("shaped");
  });

  it("takes an argument whose values come again and again for a closed set", () => {
    const sizes = ["small", "large"];
    const few = holding({ "t.size": sizes });
    expect(few.familiarity("t.size", "tiny")).toBe("shaped");
    const many = holding({ "t.size": Array.from({ length: 20 }, (_, i) => sizes[i % 2] ?? "") });
    expect(many.familiarity("t.size", "tiny")).toBe("novel");
    expect(many.familiarity("t.size", "small")).toBe("seen");
    const open = holding({
      "t.size": Array.from({ length: 20 }, (_, i) => `size${"abcdefghijklmnopqrstuv"[i]}`),
    });
    expect(open.familiarity("t.size", "sizez")).toBe("shaped");
  });

  it("does not guess which of a tool's arguments a value is that another of them holds", () => {
    const args = holding({ "send.from": ["Ann Marsh", "Raj Patel"], "send.to": ["Lena Olsen", "Raj Patel"] });
    expect(args.familiarity("send.from", "Lena Olsen")).toBe("novel");
    expect(args.familiarity("send.from", "Raj Patel")).toBe("novel");
    expect(args.familiarity("send.from", "Ann Marsh")).toBe("seen");
    // Another tool, or a text, says nothing about it.
    const apart = holding({ "send.from": ["Ann Marsh"], "get.to": ["Raj Patel"], "text to": ["Tom Baker"] });
    expect(apart.familiarity("send.from", "Raj Patel")).toBe("shaped");
    expect(apart.familiarity("send.from", "Tom Baker")).toBe("shaped");
  });

  it("says what any tool's argument has held, but not what stood in texts", () => {
    const args = holding({ "t.a": ["x y"], "text of": ["z"] });
    expect([args.isData("x y"), args.isData("z"), args.isData("q")]).toEqual([true, false, false]);
    expect(args.count("t.a", "x y")).toBe(1);
    args.add("t.a", "x y");
    expect([
      args.count("t.a", "x y"),
      args.count("t.a", "q"),
      args.count("u.a", "x y"),
      args.count("text of", "z"),
    ]).toEqual([2, 0, 0, 1]);
  });

  it("counts how a place's values were derived", () => {
    const args = new Arguments();
    args.addForm("t.a", "lower(x)");
    args.addForm("t.a", "lower(x)");
    expect([
      args.formCount("t.a", "lower(x)"),
      args.formCount("t.b", "lower(x)"),
      args.formCount("t.a", "upper(x)"),
    ]).toEqual([2, 0, 0]);
  });

  it("forgets the oldest sightings together: what is left is what it would know had it begun later", () => {
    const places = ["t.a", "t.b", "u.a", "text"];
    const texts = [
      "small",
      "large",
      "Ann Marsh",
      "Raj Patel",
      "please",
      "red shoes",
      "7",
      "12",
      "2023-11-21",
    ];
    const sighting = fc.tuple(
      fc.constantFrom("add", "wording", "form"),
      fc.constantFrom(...places),
      fc.constantFrom(...texts),
    );
    type Sighting = readonly [verb: string, place: string, text: string];
    const see = (args: Arguments, [verb, place, text]: Sighting): void => {
      if (verb === "add") args.add(place, text);
      else if (verb === "wording") args.addWording(text);
      else args.addForm(place, text);
    };
    const known = (args: Arguments): string =>
      JSON.stringify(
        [...texts, "tiny", "Lena Olsen"].map((text) => [
          args.isData(text),
          ...places.map((place) => [
            args.familiarity(place, text),
            args.count(place, text),
            args.formCount(place, text),
          ]),
        ]),
      );
    let forgot = 0;
    fc.assert(
      fc.property(
        fc.array(sighting, { minLength: 30, maxLength: 60 }),
        fc.integer({ min: 100, max: 6_000 }),
        (sightings, maxSize) => {
          let size = 0;
          const args = new Arguments({ maxSize, onResized: (by) => (size += by) });
          for (const each of sightings) see(args, each);
          expect(args.size).toBe(size);
          // One sighting may be larger than what is left of the bound.
          expect(size).toBeLessThan(maxSize + 2_000);
          const windows = sightings.map((_, index) => sightings.slice(sightings.length - 1 - index));
          const later = windows.map((window) => {
            const fresh = new Arguments();
            for (const each of window) see(fresh, each);
            return known(fresh);
          });
          expect(later).toContain(known(args));
          if (known(args) !== later.at(-1)) forgot++;
          args.clear();
          expect([size, args.isData("small")]).toEqual([0, false]);
        },
      ),
      { numRuns: 200 },
    );
    expect(forgot).toBeGreaterThan(50);
  });

  it("takes names like __proto__ for what they are", () => {
    const args = holding({ "__proto__.constructor": ["__proto__"] });
    expect([
      args.count("__proto__.constructor", "__proto__"),
      args.isData("__proto__"),
      args.isData("constructor"),
    ]).toEqual([1, true, false]);
  });
});
