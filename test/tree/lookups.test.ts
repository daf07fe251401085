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
    expect(findLookup([lookups], "t.a", "Closed")).toBe("closed_at");
    expect(findLookup([lookups], "t.b", "Closed")).toBeUndefined();
    expect(findLookup([lookups], "t.a", "Opened")).toBeUndefined();
  });

  it("is unknown for good where it has stood for two things, in one generation or over two", () => {
    const lookups = holding({ State: "state" });
    noteLookup(lookups, { place: "t.a", text: "State", value: "install_status" });
    noteLookup(lookups, { place: "t.a", text: "State", value: "install_status" });
    expect(findLookup([lookups], "t.a", "State")).toBeUndefined();
    expect(findLookup([holding({ State: "x" }), holding({ State: "y" })], "t.a", "State")).toBeUndefined();
    expect(findLookup([holding({ State: "x" }), holding({ State: "x" })], "t.a", "State")).toBe("x");
  });

  it("may be a number, which is no text", () => {
    const lookups: Lookups = new Map();
    noteLookup(lookups, { place: "t.a", text: "high", value: new Numeral("1") });
    noteLookup(lookups, { place: "t.a", text: "high", value: "1" });
    expect(findLookup([lookups], "t.a", "high")).toBeUndefined();
  });

  it("is made as all others are, where these are a hundred", () => {
    const regular = (count: number): Record<string, string> =>
      Object.fromEntries(Array.from({ length: count }, (_, index) => [`Field ${index}`, `field_${index}`]));
    expect(findLookup([holding(regular(97))], "t.a", "Cost centre")).toBeUndefined();
    expect(findLookup([holding(regular(98))], "t.a", "Cost centre")).toBe("cost_centre");
    const irregular = holding({ ...regular(98), Closed: "closed_at" });
    expect(findLookup([irregular], "t.a", "Cost centre")).toBeUndefined();
    expect(findLookup([holding(regular(60)), holding(regular(60))], "t.a", "Cost centre")).toBeUndefined();
  });
});
