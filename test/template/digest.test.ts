import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { chainKey, digest, shortDigest, turnKey } from "../../src/template/digest.js";
import { equalJson } from "../../src/template/json.js";
import type { Part, Turn } from "../../src/template/turn.js";
import { texts, turns } from "../support/arbitrary.js";
import { user } from "../support/turns.js";

describe("digests", () => {
  it("are SHA-256 of the UTF-8 text, the same in every process", () => {
    expect(digest("abc")).toBe("ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0");
    expect(shortDigest("abc")).toBe("ba7816bf8f01cfea414140de5dae2223");
  });

  it("tell every two texts apart, byte by byte", () => {
    const alike = [
      "é",
      "e\u0301",
      "a",
      "а",
      "a\u200b",
      "a\u0000",
      "\ud800",
      "\udfff",
      "\ufffd",
      "\ud800a",
      "\uffff\ud800",
      "K",
      "\u212a",
      "",
      " ",
    ];
    expect(new Set(alike.map(digest)).size).toBe(alike.length);
    expect(new Set(alike.map((text) => turnKey(user(text)))).size).toBe(alike.length);
    fc.assert(
      fc.property(
        texts,
        texts,
        (left, right) => void expect(digest(left) === digest(right)).toBe(left === right),
      ),
    );
  });
});

describe("keys of turns", () => {
  const equalParts = (left: Part, right: Part): boolean => {
    if (left.kind === "json" && right.kind === "json") return equalJson(left.value, right.value);
    if (left.kind === "call" && right.kind === "call")
      return left.tool === right.tool && equalJson(left.args, right.args);
    return (
      JSON.stringify(Object.entries(left).sort()) === JSON.stringify(Object.entries(right).sort()) &&
      left.kind === right.kind
    );
  };

  it("are equal exactly for equal turns", () => {
    fc.assert(
      fc.property(turns, turns, (left, right) => {
        const equal =
          left.role === right.role &&
          left.name === right.name &&
          left.parts.length === right.parts.length &&
          left.parts.every((part, index) => equalParts(part, right.parts[index] as Part));
        expect(turnKey(left) === turnKey(right)).toBe(equal);
        expect(turnKey({ ...left, parts: [...left.parts] })).toBe(turnKey(left));
      }),
    );
  });

  it("cannot be imitated by content", () => {
    const parts = (...texts: string[]): Turn => ({
      role: "user",
      parts: texts.map((text) => ({ kind: "text", text })),
    });
    const different = [
      parts("a", "b"),
      parts("atext 1:b"),
      parts("a 1:b"),
      parts("ab"),
      parts("ab", ""),
      { ...parts("a"), name: "b" },
      { role: "user 1:b", parts: [] },
      { role: "user", name: "-", parts: [] },
      { role: "user", parts: [] },
    ];
    expect(new Set(different.map(turnKey)).size).toBe(different.length);
  });

  it("do not depend on the order of keys", () => {
    const call = (...entries: [string, string][]): Turn => ({
      role: "assistant",
      parts: [{ kind: "call", tool: "t", args: new Map(entries) }],
    });
    expect(turnKey(call(["a", "1"], ["b", "2"]))).toBe(turnKey(call(["b", "2"], ["a", "1"])));
  });

  it("chain: where a turn stands is part of the key", () => {
    expect(
      new Set([chainKey("a", "b"), chainKey("b", "a"), chainKey("a b", ""), chainKey("", "a b")]).size,
    ).toBeGreaterThan(2);
    expect(chainKey("a", "b")).not.toBe(chainKey("a", "c"));
  });
});
