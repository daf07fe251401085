import { describe, expect, it } from "vitest";
import { readWrittenNumbers } from "../../../src/learn/synthesis/written-number.js";
import { Numeral } from "../../../src/template/json.js";

describe("numbers as outputs write them", () => {
  it("are read with their decimals and what stands around them", () => {
    expect(readWrittenNumbers(["$1,234.50", "$7.25"])).toMatchObject({
      values: [1234.5, 7.25],
      places: 2,
      prefix: "$",
      suffix: "",
    });
    expect(readWrittenNumbers(["-3 km", "12 km"])).toMatchObject({
      values: [-3, 12],
      places: 0,
      suffix: " km",
    });
    expect(readWrittenNumbers([new Numeral("40.0"), new Numeral("16.88")])).toMatchObject({
      values: [40, 16.88],
      places: 2,
    });
  });

  it.each([[["a", "b"]], [["$1", "€2"]], [["1 and 2"]], [["2023-11-21"]], [[true]], [["1", null]]])(
    "are not read from %j",
    (outputs) => {
      expect(readWrittenNumbers(outputs as never)).toBeUndefined();
    },
  );

  it("say more the more digits they show, and nothing by zeros that all end in", () => {
    const digits = (...texts: string[]) => readWrittenNumbers(texts)?.digits;
    expect(digits("190000")).toBe(2);
    expect(digits("190000", "105000")).toBe(6);
    expect(digits("25.00", "16.88")).toBe(8);
    expect(digits("0.6", "0.6")).toBe(1);
    expect(digits("0.03")).toBe(1);
  });
});
