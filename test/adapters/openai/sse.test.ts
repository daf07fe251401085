import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createEventReader, printEvent, type ServerSentEvent } from "../../../adapters/openai/sse.js";

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

function readAll(text: string, cuts: readonly number[] = []): ServerSentEvent[] {
  const reader = createEventReader(1_000_000);
  const bytes = bytesOf(text);
  const ends = [...new Set([...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length])].sort(
    (left, right) => left - right,
  );
  let at = 0;
  return ends.flatMap((end) => {
    const found = reader.read(bytes.subarray(at, end));
    at = end;
    return found;
  });
}

describe("events of a stream", () => {
  it("have names, data on several lines, and comments between them", () => {
    const text = ": ping\n\nevent: a\ndata: 1\ndata: 2\nid: 7\nretry: 3\n\ndata:no space\n\ndata\n\n: end\n";
    expect(readAll(text)).toEqual([{ event: "a", data: "1\n2" }, { data: "no space" }, { data: "" }]);
  });

  it("that are not ended are none", () => expect(readAll("data: 1\n\ndata: 2\n")).toEqual([{ data: "1" }]));

  it("may begin with a byte order mark", () => expect(readAll("\ufeffdata: 1\n\n")).toEqual([{ data: "1" }]));

  it("are the same wherever the bytes are cut, and whatever ends a line", () => {
    const event = fc.record({
      event: fc.option(fc.stringMatching(/^[a-z.]{1,9}$/), { nil: undefined }),
      data: fc.json({ maxDepth: 1 }),
    });
    const lines = fc.constantFrom("\n", "\r\n", "\r");
    fc.assert(
      fc.property(
        fc.array(event, { maxLength: 5 }),
        lines,
        fc.array(fc.nat(), { maxLength: 20 }),
        (events, end, cuts) => {
          const whole = events.map(({ event: name, data }) =>
            name === undefined ? { data } : { event: name, data },
          );
          // A line more, as a CR alone may be half of an end.
          const text = `${whole.map(printEvent).join("")}: end\n`.replaceAll("\n", end);
          expect(readAll(text, cuts)).toEqual(whole);
        },
      ),
    );
  });

  it("cut within a character are read as they were", () => {
    const text = "data: Grüße 世界 🌍\n\n";
    for (let cut = 0; cut < bytesOf(text).length; cut++)
      expect(readAll(text, [cut])).toEqual([{ data: "Grüße 世界 🌍" }]);
  });

  it("that are no UTF-8, or too long, are refused", () => {
    expect(() => createEventReader(100).read(Uint8Array.of(0x64, 0xff, 0x0a))).toThrow(TypeError);
    expect(() => createEventReader(100).read(bytesOf(`data: ${"x".repeat(200)}`))).toThrow(RangeError);
  });
});
