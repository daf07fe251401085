import { describe, expect, it } from "vitest";
import type { Entry } from "../../src/tree/knowledge.js";
import { ScopeTrees } from "../../src/tree/scope-trees.js";
import { exchangeOf, learntOf, says, templateOf, user } from "../support/turns.js";

const trees = (maxLearned = 1e9, isCopy = false) => {
  const unlearned: string[] = [];
  return { trees: new ScopeTrees({ maxLearned, isCopy }, (scope) => unlearned.push(scope)), unlearned };
};
const asked = (text: string, said = "ok", scope = "s"): Entry =>
  exchangeOf([user(text)], says(said), { scope });
const template = (text: string, scope = "s"): Entry => learntOf(templateOf(text), { scope });

describe("the trees of scopes", () => {
  it("are kept while something is known, each apart", () => {
    const { trees: all } = trees();
    expect([all.has("s"), all.size]).toEqual([false, 0]);
    all.of("s");
    expect(all.has("s")).toBe(false);
    const entries = [asked("a"), template("Find {{x}}"), asked("a", "ok", "t")];
    for (const entry of entries) all.add(entry);
    expect([...all.keys()].sort()).toEqual(["s", "t"]);
    const [first, second, third] = entries as [Entry, Entry, Entry];
    all.remove(first);
    expect(all.has("s")).toBe(true);
    all.remove(second);
    expect([all.has("s"), all.has("t")]).toEqual([false, true]);
    all.remove(third);
    expect(all.size).toBe(0);
  });

  it("hold the exchanges of a conversation, and count how many say the same", () => {
    const { trees: all } = trees();
    const [one, other, same] = [asked("a", "x"), asked("a", "y"), asked("b", "x")] as const;
    for (const entry of [one, other, same]) all.add(entry);
    const tree = all.of("s");
    expect(tree.exchanges).toBe(3);
    expect([...tree.exact.values()].map(({ length }) => length)).toEqual([2, 1]);
    expect([...tree.meanings.values()].sort()).toEqual([1, 2]);
    all.remove(one);
    expect([tree.exchanges, [...tree.exact.values()].map(({ length }) => length)]).toEqual([2, [1, 1]]);
    expect([...tree.meanings.values()]).toEqual([1, 1]);
    all.remove(other);
    expect([tree.exact.size, tree.meanings.size, tree.exchanges]).toEqual([1, 1, 1]);
  });

  it("have a number of their own after every change of their templates, and of those alone", () => {
    const { trees: all } = trees();
    const entry = template("Find {{x}}");
    all.add(entry);
    const tree = all.of("s");
    const first = tree.generation;
    all.add(asked("a"));
    expect(tree.generation).toBe(first);
    all.add(template("Sell {{x}}"));
    const second = tree.generation;
    expect(second).not.toBe(first);
    all.remove(entry);
    expect([first, second]).not.toContain(tree.generation);
    all.add(template("Find {{x}}", "t"));
    expect(all.of("t").generation).not.toBe(tree.generation);
  });

  it("keep templates of the last step apart", () => {
    const { trees: all } = trees();
    const later = learntOf({ ...templateOf("Then {{x}}"), continuation: true });
    all.add(later);
    const { root, continuations } = all.of("s");
    expect([root.slotted?.size ?? 0, continuations.slotted?.size ?? 0]).toEqual([0, 1]);
    all.remove(later);
    expect(all.has("s")).toBe(false);
  });

  it("count what their scopes have learned, while these are kept", () => {
    const { trees: all } = trees();
    all.of("s").args.add("find.name", "nobody");
    expect(all.learnedSize).toBe(0);
    const entry = asked("a");
    all.add(entry);
    const { args, wordings } = all.of("s");
    args.add("find.name", "Ann");
    wordings.add("start", ["a", " ", "b"], { meaning: "m", witness: "w" });
    expect([all.holdings.arguments.bytes, all.holdings.wordings.bytes]).toEqual([args.size, wordings.size]);
    expect(all.learnedSize).toBe(args.size + wordings.size);
    expect(Math.min(args.size, wordings.size)).toBeGreaterThan(0);
    all.remove(entry);
    expect(all.learnedSize).toBe(0);
  });

  it("forget what a scope has learned", () => {
    const { trees: all } = trees();
    all.add(asked("a"));
    const { args, wordings } = all.of("s");
    args.add("find.name", "Ann");
    wordings.add("start", ["a", " ", "b"], { meaning: "m", witness: "w" });
    all.unlearn("s");
    expect([args.count("find.name", "Ann"), args.size, wordings.size, all.learnedSize]).toEqual([0, 0, 0, 0]);
    expect(() => all.unlearn("t")).not.toThrow();
  });

  it("make room by what the scope knew that was used longest ago, and tell whose that was", () => {
    for (const isCopy of [false, true]) {
      const { trees: all, unlearned } = trees(20_000, isCopy);
      for (const scope of ["empty", "s", "t", "u", "v", "w"]) all.add(asked("a", "ok", scope));
      const fill = (scope: string): void => {
        const { args } = all.of(scope);
        for (let n = 0; args.size < 4_000; n++) args.add("find.name", `Name${n}`);
      };
      for (const scope of ["s", "t", "u", "v"]) fill(scope);
      expect(unlearned).toEqual([]);
      // Used again: it is the others' turn.
      all.of("s");
      fill("w");
      fill("empty");
      expect([isCopy, unlearned.slice(0, 1)]).toEqual([isCopy, isCopy ? [] : ["t"]]);
      expect(unlearned).not.toContain("s");
      if (!isCopy) {
        expect(all.of("t").args.size).toBe(0);
        expect(all.learnedSize).toBeLessThanOrEqual(20_000);
      }
    }
  });
});
