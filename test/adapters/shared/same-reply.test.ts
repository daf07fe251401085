import type { Reply } from "reprise";
import { expect, it } from "vitest";
import { sameReply } from "../../../adapters/shared/same-reply.js";

const calling = (args: string, id = "1", name = "add"): Reply => ({
  role: "assistant",
  content: null,
  tool_calls: [{ id, type: "function", function: { name, arguments: args } }],
});

it("replies are the same whatever their ids, the spacing of their JSON and the order of its keys", () => {
  expect(
    sameReply(calling('{"a":1,"b":{"c":2,"d":3}}'), calling('{ "b": {"d":3,"c":2}, "a": 1 }', "2")),
  ).toBe(true);
  expect(
    sameReply(
      { role: "assistant", content: "Hi" },
      { role: "assistant", content: [{ type: "text", text: "Hi" }] },
    ),
  ).toBe(true);
  expect(sameReply(calling("{}"), { ...calling("{}"), content: "" })).toBe(true);
});

it("replies differ by text, tool, arguments, the order of calls and of lists", () => {
  expect(sameReply({ role: "assistant", content: "Hi" }, { role: "assistant", content: "Ho" })).toBe(false);
  expect(sameReply(calling("{}"), calling("{}", "1", "sub"))).toBe(false);
  expect(sameReply(calling('{"a":[1,2]}'), calling('{"a":[2,1]}'))).toBe(false);
  expect(sameReply(calling('{"a":'), calling('{"a":{'))).toBe(false);
  expect(sameReply(calling("{}"), { role: "assistant", content: "Hi" })).toBe(false);
});
