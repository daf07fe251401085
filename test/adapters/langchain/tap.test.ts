import { describe, expect, it } from "vitest";
import { tap } from "../../../adapters/langchain/tap.js";

async function* letters(text: string, error?: Error): AsyncGenerator<string> {
  yield* text;
  if (error) throw error;
}

function setup(source: AsyncGenerator<string>, last?: string) {
  const diary: string[] = [];
  const tapped = tap(source, {
    onItem: (item, position) => (item === "-" ? undefined : position === 0 ? item.toUpperCase() : item),
    async onEnd(items) {
      diary.push(`end ${items.join("")}`);
      return last;
    },
    onBreak: () => void diary.push("break"),
  });
  return { diary, ...tapped };
}

async function read(stream: AsyncIterable<string>): Promise<string> {
  let text = "";
  for await (const letter of stream) text += letter;
  return text;
}

describe("a tapped stream", () => {
  it("comes through as the tap gives it, and ends once", async () => {
    const { diary, stream } = setup(letters("abc"));
    expect(await read(stream)).toBe("Abc");
    expect(diary).toEqual(["end Abc"]);
  });

  it("holds back what the tap keeps, and ends with what the tap has to say", async () => {
    const { diary, stream } = setup(letters("a-c"), "!");
    expect(await read(stream)).toBe("Ac!");
    expect(diary).toEqual(["end A-c"]);
  });

  it("breaks when it fails, and its reader gets the error", async () => {
    const { diary, stream } = setup(letters("abc", new Error("down")));
    await expect(read(stream)).rejects.toThrow("down");
    expect(diary).toEqual(["break"]);
  });

  it("breaks when its reader leaves", async () => {
    const { diary, stream } = setup(letters("abc"));
    for await (const letter of stream) if (letter === "b") break;
    expect(diary).toEqual(["break"]);
  });

  for (const before of [0, 1, 2, 3]) {
    it(`drained after ${before} letters, ends without its reader, who still gets every letter in order`, async () => {
      const { diary, stream, drain } = setup(letters("abcdef"));
      let text = "";
      for (let count = 0; count < before; count++) text += (await stream.next()).value;
      drain();
      drain();
      await new Promise((resolve) => setImmediate(resolve));
      expect(diary).toEqual(["end Abcdef"]);
      expect(text + (await read(stream))).toBe("Abcdef");
      expect(diary).toEqual(["end Abcdef"]);
    });
  }

  it("drained while it is read, keeps its order", async () => {
    const { stream, drain } = setup(letters("abcdefghijkl"));
    let text = "";
    for await (const letter of stream) {
      text += letter;
      if (text.length === 3) drain();
    }
    expect(text).toBe("Abcdefghijkl");
  });

  it("drained, is read to its end though its reader leaves", async () => {
    const { diary, stream, drain } = setup(letters("abcdef"));
    await stream.next();
    drain();
    await stream.return(undefined);
    await new Promise((resolve) => setImmediate(resolve));
    expect(diary).toEqual(["end Abcdef"]);
  });

  it("drained, shows its failure to its reader alone", async () => {
    const { diary, stream, drain } = setup(letters("ab", new Error("down")));
    drain();
    await new Promise((resolve) => setImmediate(resolve));
    expect(diary).toEqual(["break"]);
    await expect(read(stream)).rejects.toThrow("down");
  });
});
