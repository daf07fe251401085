import { describe, expect, it } from "vitest";
import { createLive, type Stages } from "../../server/live.js";

function stages(name: string, closed: string[], access = part(`${name} access`, closed)): Stages {
  const upstream = part(`${name} upstream`, closed) as unknown as Stages["upstream"];
  return {
    access: access as Stages["access"],
    upstream,
    limits: undefined,
    hooks: undefined,
    log: undefined,
  };
}

const part = (name: string, closed: string[]) => ({
  admit: () => ({ id: undefined, namespace: undefined, models: undefined }),
  close: async () => void closed.push(name),
});

describe("stages that are in force", () => {
  it("a request keeps those it began with, and the former ones are closed when the last that holds them ends", () => {
    const closed: string[] = [];
    const [one, two] = [stages("one", closed), stages("two", closed)];
    const live = createLive(one);
    const [first, second] = [live.lease(), live.lease()];
    live.swap(two);
    expect([first.stages, live.lease().stages]).toEqual([one, two]);
    first.release();
    first.release();
    expect(closed).toEqual([]);
    second.release();
    expect(closed).toEqual(["one access", "one upstream"]);
  });

  it("what the next ones take over is not closed", async () => {
    const closed: string[] = [];
    const one = stages("one", closed);
    const live = createLive(one);
    live.swap(stages("two", closed, one.access as ReturnType<typeof part>));
    expect(closed).toEqual(["one upstream"]);
    await live.close();
    await live.close();
    expect(closed).toEqual(["one upstream", "one access", "two upstream"]);
  });
});
