import { describe, expect, it } from "vitest";
import { DataFlow } from "../../../src/learn/flow/data-flow.js";
import { Folds } from "../../../src/learn/flow/folds.js";
import { withIdleValues } from "../../../src/learn/flow/idle-values.js";
import { Scene } from "../../../src/learn/flow/scene.js";
import { Sources } from "../../../src/learn/flow/sources.js";
import { patternsOf } from "../../../src/learn/flow/turn-patterns.js";
import { Pace } from "../../../src/learn/schedule/pace.js";
import type { Turn } from "../../../src/template/turn.js";
import { calls, callsEach, gives, says, user } from "../../support/turns.js";
import { printed } from "../../support/workshop.js";

const sourcesOf = async (...turns: Turn[]): Promise<Sources> =>
  Sources.in({ scene: await Scene.of(turns, new Pace()) });
const slots = async (sources: Sources): Promise<string> => JSON.stringify(await patternsOf(sources));

describe("what is found of an exchange", () => {
  it("stays as it is where the lists of a reply are taken out", async () => {
    const before = await sourcesOf(user("Close tickets A-1, B-2 and C-3."));
    const folds = await Folds.of(callsEach("close", [{ id: "A-1" }, { id: "B-2" }, { id: "C-3" }]), before);
    expect(folds.isEmpty).toBe(false);
    expect(folds.sources.slots.size).toBe(1);
    expect(before.slots.size).toBe(0);
    expect(before.slots.names.take("item")).toBe("item");
  });

  it("stays as it is where idle values become slots", async () => {
    const before = await sourcesOf(user("Order 4711 for Ann Marsh"));
    const more = await withIdleValues(before, () => false);
    expect(more?.slots.size).toBe(2);
    expect(before.slots.size).toBe(0);
  });

  it("gives the same patterns however often it is asked", async () => {
    const sources = await sourcesOf(
      user("Find it"),
      calls("find", { q: "it" }, "I'll look."),
      gives({ found: 1 }),
    );
    const first = await slots(sources);
    expect(first).toContain('"said"');
    expect(await slots(sources)).toBe(first);
  });

  it("calls what is left open the same, whatever was worked out before", async () => {
    const turns = [
      user("Find Ann Marsh, order 4711"),
      calls("find", { name: "Ann Marsh" }, "I'll look."),
      gives({ id: 7 }),
    ];
    const flow = new DataFlow(turns, says("Ann Marsh is here."));
    const [closed, open] = [printed(await flow.closed()), printed(await flow.open(() => false))];
    expect(closed?.[1]).toContain("{{said:any}} find(");
    expect(open?.[1]).toContain("{{said:any}} find(");
  });
});
