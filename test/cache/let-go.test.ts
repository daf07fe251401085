import { describe, expect, it } from "vitest";
import { LetGo } from "../../src/cache/let-go.js";
import { exchangeOf, learntOf, says, templateOf, user } from "../support/turns.js";

const exchange = (text: string) => exchangeOf([user(text)], says("ok"));
const ids = (stubs: Iterable<{ readonly id: string }>): string[] => [...stubs].map(({ id }) => id);

describe("what stands in the store and not in memory", () => {
  it("is found by its scope and by its conversation", () => {
    const gone = new LetGo(10);
    const [a, b] = [exchange("a"), exchange("b")];
    const learnt = learntOf(templateOf("c {{x}}"), { at: 3 });
    for (const entry of [learnt, b, a]) gone.note(entry);
    expect(ids(gone.wanted(a.scope, a.conversation))).toEqual([a.id, learnt.id]);
    expect(ids(gone.of(a.scope)).sort()).toEqual([a.id, b.id, learnt.id].sort());
    gone.leave("left", { at: 1, scope: a.scope, mark: undefined });
    gone.leave("later", { at: 9, scope: a.scope, mark: undefined });
    expect(ids(gone.of(a.scope)).sort()).toEqual([a.id, b.id, "left", "later", learnt.id].sort());
    for (const { id } of gone.of(a.scope)) gone.drop(id);
    expect([[...gone.of(a.scope)], gone.wanted(a.scope, a.conversation), gone.holding.entries]).toEqual([
      [],
      [],
      0,
    ]);
  });

  it("keeps all that puts of one record say, and nothing of them where it was in memory before", () => {
    const gone = new LetGo(10);
    for (const [at, mark] of [
      [5, "ada:1"],
      [3, undefined],
      [9, "ada:2"],
      [9, "ada:2"],
    ] as const)
      gone.leave("record", { at, scope: "s", mark });
    expect(gone.get("record")).toMatchObject({ at: 9, marks: ["ada:1", undefined, "ada:2"] });
    const known = exchange("a");
    gone.note(known);
    gone.leave(known.id, { at: known.at + 7, scope: known.scope, mark: "ada:3" });
    expect(gone.get(known.id)).toEqual({
      id: known.id,
      at: known.at + 7,
      scope: known.scope,
      conversation: known.conversation,
    });
  });

  it("drops what was let go of first when there is too much", () => {
    const gone = new LetGo(3);
    for (let n = 0; n < 5; n++) gone.leave(`r${n}`, { at: n, scope: `s${n % 2}`, mark: undefined });
    expect([ids(gone.of("s0")), ids(gone.of("s1"))]).toEqual([["r2", "r4"], ["r3"]]);
  });
});
