import { describe, expect, it } from "vitest";
import { readReply } from "../../../src/learn/trial/read-reply.js";
import { parseExpression } from "../../../src/template/derivation/parse.js";
import type { Hole, JsonPattern, ReplyPattern } from "../../../src/template/template.js";
import { calls, callsEach, json, says } from "../../support/turns.js";

const hole = (expression: string): Hole => ({ hypotheses: [parseExpression(expression)] });
const object = (entries: Record<string, Hole>): JsonPattern<Hole> => ({
  kind: "object",
  entries: new Map(
    Object.entries(entries).map(([key, place]): [string, JsonPattern<Hole>] => [
      key,
      { kind: "value", place },
    ]),
  ),
});
const [list, id, to] = [hole("list"), hole("item.id"), hole("who")];
const each = { kind: "each" as const, list, item: "item", tool: "note", args: object({ id }) };
const open = { kind: "call" as const, tool: "open", args: object({ to }) };
const reply = (...parts: ReplyPattern<Hole>["parts"]): ReplyPattern<Hole> => ({ role: "assistant", parts });

describe("what a reply has at the holes of another", () => {
  it("is a value for each that is filled once", () => {
    expect(readReply(reply(open), calls("open", { to: ["Ann"] }))?.once).toEqual(
      new Map([[to, json(["Ann"])]]),
    );
  });

  it("is a value each time for those of a part that repeats, as often as there are calls", () => {
    const said = {
      role: "assistant",
      parts: [...calls("open", { to: "Ann" }).parts, ...callsEach("note", [{ id: "a" }, { id: "b" }]).parts],
    };
    const values = readReply(reply(open, each), said);
    expect(values?.once).toEqual(new Map([[to, "Ann"]]));
    expect(values?.each.get(each)).toEqual([new Map([[id, "a"]]), new Map([[id, "b"]])]);
    expect(readReply(reply(each), callsEach("note", [{ id: "a" }]))?.each.get(each)).toHaveLength(1);
  });

  it("is nothing where the reply is of another form, or two parts repeat", () => {
    expect(readReply(reply(open, each), calls("open", { to: "Ann" }))).toBeUndefined();
    expect(readReply(reply(each), callsEach("mail", [{ id: "a" }]))).toBeUndefined();
    expect(readReply(reply(each), says("Nothing to note."))).toBeUndefined();
    expect(
      readReply(reply(each, { ...each }), callsEach("note", [{ id: "a" }, { id: "b" }])),
    ).toBeUndefined();
  });
});
