import { describe, expect, it } from "vitest";
import { reachOf } from "../../../src/learn/align/reach.js";
import { Numeral } from "../../../src/template/json.js";

describe("how far a slot reaches", () => {
  it("is its values' forms, where these are definite", () => {
    expect(reachOf("17")).toEqual({ kinds: ["integer"], values: [], except: [] });
    expect(reachOf(new Numeral("17"), "2023-11-21").kinds).toEqual(["integer", "date"]);
  });

  it("is as wide as the widest of them", () => {
    expect(reachOf("17", "Erik").kinds).toEqual(["line"]);
    expect(reachOf("Erik", "two\nlines").kinds).toEqual(["text"]);
    expect(reachOf("Erik", " edges ").kinds).toEqual(["any"]);
  });

  it("is the shapes of lists and objects", () => {
    expect(reachOf([new Numeral("1")], [])).toEqual({
      kinds: [],
      values: [],
      except: [],
      shapes: ["[1 number]", "[]"],
    });
  });
});
