import Keyv from "keyv";
import { describe, expect, it } from "vitest";
import { createCache, RepriseError } from "../src/index.js";
import { resolveOptions } from "../src/options.js";

function refusal(options: unknown): string {
  try {
    createCache(options as never);
  } catch (error) {
    if (RepriseError.isInstance(error)) return `${error.code} ${error.message}`;
    throw error;
  }
  return "taken";
}

describe("options", () => {
  it("have defaults, which undefined never overrides", () => {
    const { now, generateId, ...defaults } = resolveOptions();
    expect(defaults).toMatchObject({
      namespace: "default",
      policy: "verified",
      minAgreements: 2,
      maxEntries: 100_000,
      never: [],
      functions: {},
    });
    const names = [...Object.keys(defaults), "now", "generateId", "store", "ttl", "guard"];
    const {
      now: sameNow,
      generateId: _,
      ...same
    } = resolveOptions(Object.fromEntries(names.map((name) => [name, undefined])));
    expect(same).toEqual(defaults);
    expect([now, sameNow]).toEqual([Date.now, Date.now]);
    expect(generateId()).toMatch(/^call_[\da-f]{24}$/);
    expect(generateId()).not.toBe(generateId());
  });

  it("unknown ones are refused by name", () => {
    expect(refusal({ polices: "eager" })).toBe(
      'BAD_OPTION reprise: createCache has no option "polices" (BAD_OPTION: see docs/options.md)',
    );
    expect(refusal({ a: 1, b: 2 })).toContain('"a", "b"');
  });

  it.each<[string, unknown]>([
    ["policy", "brave"],
    ["namespace", ""],
    ["minAgreements", 0],
    ["minAgreements", 1.5],
    ["ttl", 0],
    ["ttl", "1h"],
    ["maxEntries", -1],
    ["maxSize", 5],
    ["never", "pay"],
    ["never", [5]],
    ["guard", true],
    ["guard", async () => true],
    ["functions", { twice: 2 }],
    ["store", {}],
    ["store", new Map()],
    ["now", 5],
    ["induction", "yes"],
    ["pollInterval", -1],
  ])("%s is refused by name when it is %j", (name, value) => {
    expect(refusal({ [name]: value })).toMatch(new RegExp(`^BAD_OPTION .*"${name}`));
  });

  it("take a Keyv, and functions", () => {
    expect(
      resolveOptions({ store: new Keyv(), guard: () => true, functions: { twice: ([value]) => value } })
        .functions.twice,
    ).toBeTypeOf("function");
  });
});

describe("errors", () => {
  it("are known across copies of the package, and nothing else is taken for one", () => {
    const error = new RepriseError("BAD_FILTER", "detail", { cause: 5 });
    expect([error.name, error.code, error.cause]).toEqual(["RepriseError", "BAD_FILTER", 5]);
    const foreign = { [Symbol.for("reprise.error")]: true };
    expect([error, foreign, new Error("x"), null, "x", {}].map(RepriseError.isInstance)).toEqual([
      true,
      true,
      false,
      false,
      false,
      false,
    ]);
  });
});

describe("functions of the caller's own", () => {
  it("may not take the name of a built-in one", () => {
    const functions = { title: () => "x" };
    expect(() => createCache({ functions })).toThrow(/functions\.title/);
    expect(() => createCache({ functions: { if: () => "x" } })).toThrow(/functions\.if/);
    expect(() => createCache({ functions: { sku: () => "x" } })).not.toThrow();
  });
});
