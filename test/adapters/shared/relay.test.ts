import { describe, expect, it } from "vitest";
import { createRelay } from "../../../adapters/shared/relay.js";

async function read(pieces: AsyncIterable<string>): Promise<string[]> {
  const found: string[] = [];
  for await (const piece of pieces) found.push(piece);
  return found;
}

describe("a relay", () => {
  it("gives every piece to everyone who follows, whenever they join", async () => {
    const relay = createRelay<string>(() => undefined);
    relay.push("a");
    const early = read(relay.follow());
    relay.push("b");
    const late = read(relay.follow());
    relay.push("c");
    relay.end();
    expect(await Promise.all([early, late, read(relay.follow())])).toEqual([
      ["a", "b", "c"],
      ["a", "b", "c"],
      ["a", "b", "c"],
    ]);
  });

  it("gives a piece when it comes, not at the end", async () => {
    const relay = createRelay<string>(() => undefined);
    const following = relay.follow();
    relay.push("a");
    expect((await following.next()).value).toBe("a");
  });

  it("opens once, fails with what the stream failed with, and lets go of who leaves", async () => {
    let opened = 0;
    const relay = createRelay<string>(() => opened++);
    relay.open();
    relay.open();
    expect(opened).toBe(1);
    const leaving = new AbortController();
    const left = read(relay.follow(leaving.signal));
    leaving.abort(new Error("gone"));
    await expect(left).rejects.toThrow("gone");
    const failed = read(relay.follow());
    relay.fail(new Error("down"));
    relay.end();
    await expect(failed).rejects.toThrow("down");
  });
});
