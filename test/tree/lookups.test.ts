import { describe, expect, it } from "vitest";
import { Numeral } from "../../src/template/json.js";
import { findLookup, type Lookups, noteLookup } from "../../src/tree/lookups.js";

function holding(pairs: Record<string, string>): Lookups {
  const lookups: Lookups = new Map();
  for (const [text, value] of Object.entries(pairs)) noteLookup(lookups, { place: "t.a", text, value });
  return lookups;
}

describe("what a text stands for at a place", () => {
  it("is what it has stood for there, and nowhere else", () => {
    const lookups = holding({ Closed: "closed_at" });
    expect(findLookup([lookups], { place: "t.a", text: "Closed" })).toBe("closed_at");
    expect(findLookup([lookups], { place: "t.b", text: "Closed" })).toBeUndefined();
    expect(findLookup([lookups], { place: "t.a", text: "Opened" })).toBeUndefined();
  });

  it("is unknown for good where it has stood for two things, in one generation or over two", () => {
    const lookups = holding({ State: "state" });
    noteLookup(lookups, { place: "t.a", text: "State", value: "install_status" });
    noteLookup(lookups, { place: "t.a", text: "State", value: "install_status" });
    expect(findLookup([lookups], { place: "t.a", text: "State" })).toBeUndefined();
    expect(
      findLookup([holding({ State: "x" }), holding({ State: "y" })], { place: "t.a", text: "State" }),
    ).toBeUndefined();
    expect(
      findLookup([holding({ State: "x" }), holding({ State: "x" })], { place: "t.a", text: "State" }),
    ).toBe("x");
  });

  it("may be a number, which is no text", () => {
    const lookups: Lookups = new Map();
    noteLookup(lookups, { place: "t.a", text: "high", value: new Numeral("1") });
    noteLookup(lookups, { place: "t.a", text: "high", value: "1" });
    expect(findLookup([lookups], { place: "t.a", text: "high" })).toBeUndefined();
  });

  describe("where something else was said around it", () => {
    const lookups: Lookups = new Map();
    const note = (text: string, context: string, value: string): number =>
      noteLookup(lookups, { place: "t.a", text, value, context });
    const find = (text: string, context: string) => findLookup([lookups], { place: "t.a", text, context });
    const agree = (first: number, count: number): void => {
      for (let index = first; index < first + count; index++)
        for (const context of ["incidents", "hardware"]) note(`Field ${index}`, context, `field_${index}`);
    };

    it("is believed once ten others were the same here and there", () => {
      note("State", "incidents", "state");
      note("Closed", "incidents", "closed_at");
      agree(0, 9);
      expect([find("State", "incidents"), find("State", "hardware")]).toEqual(["state", undefined]);
      agree(9, 2);
      expect(find("State", "hardware")).toBe("state");
    });

    it("is another thing there if that was seen, and then others are believed less", () => {
      note("State", "hardware", "install_status");
      expect([find("State", "incidents"), find("State", "hardware")]).toEqual(["state", "install_status"]);
      expect([find("State", "assets"), find("Closed", "hardware")]).toEqual([undefined, undefined]);
      agree(11, 60);
      expect(find("Closed", "hardware")).toBe("closed_at");
    });
  });

  it("is made as all others are, where these are a hundred", () => {
    const regular = (count: number): Record<string, string> =>
      Object.fromEntries(Array.from({ length: count }, (_, index) => [`Field ${index}`, `field_${index}`]));
    expect(findLookup([holding(regular(97))], { place: "t.a", text: "Cost centre" })).toBeUndefined();
    expect(findLookup([holding(regular(98))], { place: "t.a", text: "Cost centre" })).toBe("cost_centre");
    const irregular = holding({ ...regular(98), Closed: "closed_at" });
    expect(findLookup([irregular], { place: "t.a", text: "Cost centre" })).toBeUndefined();
    expect(
      findLookup([holding(regular(60)), holding(regular(60))], { place: "t.a", text: "Cost centre" }),
    ).toBeUndefined();
  });
});
