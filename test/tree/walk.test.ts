import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { turnKey } from "../../src/template/digest.js";
import type { Slot, TurnPattern } from "../../src/template/template.js";
import type { Turn } from "../../src/template/turn.js";
import { insert, remove } from "../../src/tree/insert.js";
import { createNode, isBare, type Node } from "../../src/tree/node.js";
import { type State, step } from "../../src/tree/walk.js";
import { like, user } from "../support/turns.js";
import { conversationsOf, fitsPath, patterns } from "./arbitrary.js";

type Path = readonly TurnPattern<Slot>[];
const LIMITS = { maxStates: 256, maxTries: 10_000 };

function reach(root: Node<Path>, turns: readonly Turn[], limits = LIMITS): { leaves: Path[]; busy: boolean } {
  let states: readonly State<Path>[] = [{ node: root, bindings: new Map() }];
  let busy = false;
  for (const turn of turns) {
    const next = step(states, { turn, key: turnKey(turn) }, limits);
    states = next.states;
    busy ||= next.busy;
  }
  return { leaves: states.flatMap((state) => state.node.leaves), busy };
}

/** The tree as plain data, empty maps aside. */
function shape(node: Node<Path>): unknown {
  const edges = [...(node.literal?.values() ?? []), ...(node.slotted?.values() ?? [])];
  return {
    leaves: node.leaves,
    edges: edges
      .map((edge) => [edge.key, shape(edge.node)])
      .sort(([left], [right]) => (String(left) < String(right) ? -1 : 1)),
  };
}

const forests = fc.array(fc.array(patterns, { minLength: 1, maxLength: 2 }), { minLength: 1, maxLength: 40 });

describe("walking the tree", () => {
  it("reaches exactly the templates that a scan over all of them finds", () => {
    let reached = 0;
    fc.assert(
      fc.property(
        forests.chain((paths) =>
          fc.tuple(fc.constant(paths), fc.array(conversationsOf(paths), { minLength: 1, maxLength: 8 })),
        ),
        ([paths, conversations]) => {
          const root = createNode<Path>();
          for (const path of paths) insert(root, path, path);
          for (const turns of conversations) {
            const scan = paths.filter((path) => fitsPath(path, turns));
            const { leaves, busy } = reach(root, turns);
            expect(busy).toBe(false);
            expect(new Set(leaves)).toEqual(new Set(scan));
            expect(leaves).toHaveLength(scan.length);
            reached += scan.length;
          }
        },
      ),
      { numRuns: 300 },
    );
    expect(reached).toBeGreaterThan(300);
  });

  it("is as before after an insert and a remove, whatever stands beside", () => {
    fc.assert(
      fc.property(
        forests,
        fc.array(patterns, { minLength: 1, maxLength: 3 }),
        fc.array(fc.nat(), { maxLength: 10 }),
        (paths, extra, order) => {
          const root = createNode<Path>();
          for (const path of paths) insert(root, path, path);
          const before = shape(root);
          expect(insert(root, extra, extra)).toBe(true);
          expect(insert(root, extra, extra)).toBe(false);
          expect(remove(root, extra, extra)).toBe(true);
          expect(remove(root, extra, extra)).toBe(false);
          expect(shape(root)).toEqual(before);
          const left = [...paths];
          for (const at of order) {
            const [path] = left.splice(at % Math.max(1, left.length), 1);
            if (path) expect(remove(root, path, path)).toBe(true);
          }
          for (const path of left) expect(remove(root, path, path)).toBe(true);
          expect(isBare(root)).toBe(true);
        },
      ),
      { numRuns: 200 },
    );
  });

  it("still finds what is left after others were removed from the same index", () => {
    fc.assert(
      fc.property(
        forests.chain((paths) =>
          fc.tuple(
            fc.constant(paths),
            fc.array(fc.boolean(), { minLength: paths.length, maxLength: paths.length }),
            conversationsOf(paths),
          ),
        ),
        ([paths, stays, turns]) => {
          const root = createNode<Path>();
          for (const path of paths) insert(root, path, path);
          for (const [index, path] of paths.entries()) if (!stays[index]) remove(root, path, path);
          expect(new Set(reach(root, turns).leaves)).toEqual(
            new Set(paths.filter((path, index) => stays[index] && fitsPath(path, turns))),
          );
        },
      ),
      { numRuns: 300 },
    );
  });

  it("does not find what was never there", () => {
    const root = createNode<Path>();
    const path = [like("a {{x}}")];
    expect(remove(root, path, path)).toBe(false);
    insert(root, path, path);
    expect(remove(root, [like("b {{x}}")], path)).toBe(false);
    expect(remove(root, [...path, like("c")], path)).toBe(false);
  });

  it("tries few of a hundred thousand siblings", () => {
    const root = createNode<Path>();
    const paths: Path[] = [];
    for (let index = 0; index < 100_000; index++) {
      const path = [like(`order ${index.toString(36)}q for {{name:words}} please`)];
      paths.push(path);
      insert(root, path, path);
    }
    expect(
      reach(root, [user(`order ${(777).toString(36)}q for Ann please`)], { maxStates: 10, maxTries: 5 }),
    ).toEqual({
      leaves: [paths[777]],
      busy: false,
    });
    expect(reach(root, [user("order nothing for Ann please")], { maxStates: 10, maxTries: 5 })).toEqual({
      leaves: [],
      busy: false,
    });
  });

  it("gives up with what it has found out when there is too much to try or to follow", () => {
    const root = createNode<Path>();
    for (let index = 0; index < 50; index++)
      insert(root, [like(`{{v${index}:any}} x`)], [like(String(index))]);
    expect(reach(root, [user("a x")], { maxStates: 256, maxTries: 10 })).toEqual({ leaves: [], busy: true });
    expect(reach(root, [user("a x")], { maxStates: 10, maxTries: 1_000 })).toEqual({
      leaves: [],
      busy: true,
    });
    expect(reach(root, [user("a x")], LIMITS).leaves).toHaveLength(50);
  });

  it("finds words near the ends and in the middle of long texts", () => {
    const long = "lorem ipsum ".repeat(2_000);
    const root = createNode<Path>();
    const paths: Path[] = [];
    for (let index = 0; index < 40; index++) {
      const texts = [
        `{{x:any}}${long}start${index} {{y:any}}`,
        `first${index} {{x:any}}`,
        `{{x:any}} last${index}`,
        `{{x:any}} mid${index} {{y:any}}${long}`,
        `pre${"a".repeat(5_000)}${index} {{x:any}}`,
      ];
      paths.push([like(texts[index % texts.length] as string)]);
    }
    for (const path of paths) insert(root, path, path);
    for (const path of paths) {
      const [turn] = path;
      const part = turn?.parts[0];
      const text =
        part?.kind === "text"
          ? part.text.map((segment) => (typeof segment === "string" ? segment : "Q")).join("")
          : "";
      expect(reach(root, [user(text)]).leaves).toEqual(
        paths.filter((other) => fitsPath(other, [user(text)])),
      );
      expect(fitsPath(path, [user(text)])).toBe(true);
    }
  });

  it("says why patterns of the right form refused", () => {
    const root = createNode<Path>();
    for (const text of ["pay {{n:integer}}", "pay {{a}} to {{a}}"]) insert(root, [like(text)], []);
    const { refusals, states } = step(
      [{ node: root, bindings: new Map() }],
      { turn: user("pay x to y"), key: "" },
      LIMITS,
    );
    expect(states).toEqual([]);
    expect(refusals).toEqual(new Set(["domain", "conflict"]));
  });
});
