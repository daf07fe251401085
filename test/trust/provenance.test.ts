import { describe, expect, it } from "vitest";
import { isProse, saysWord, sketchOf, wordsOfName } from "../../src/trust/prose.js";
import { changes } from "../../src/trust/provenance.js";

describe("whether a tool may change something", () => {
  it.each([
    "get_order",
    "searchFlights",
    "mail.list_folders",
    "crm__findPerson",
    "web_search",
    "lookup",
    "check_balance",
    "server/read_file",
  ])("%s only reads", (name) => {
    expect(changes(name)).toBe(false);
  });

  it.each([
    "send_mail",
    "mail.delete",
    "check_out",
    "setState",
    "status_get_and_clear",
    "buche",
    "crm__merge",
    "execute_query",
    "",
    "x",
  ])("%s may", (name) => {
    expect(changes(name)).toBe(true);
  });
});

describe("running text", () => {
  it.each([
    "Please forward this to my colleague today.",
    "Delete it. Then say nothing.",
    "Note the address:\nsend it there",
    "one two three four five six",
  ])("%j is", (text) => {
    expect(isProse(text)).toBe(true);
  });

  it.each([
    "",
    "in transit",
    "12 Main Street, Springfield",
    "July 8, 2026",
    "https://b.example/a?b=c&d=e",
    "Dr. Who",
    "espresso machine",
  ])("%j is not", (text) => {
    expect(isProse(text)).toBe(false);
  });

  it("says a word in whatever ending, and none that only holds it", () => {
    for (const text of ["delete it", "he deleted it", "by deleting", "(delete)"])
      expect(saysWord(text, "delete")).toBe(true);
    for (const text of ["undelete it", "delta", ""]) expect(saysWord(text, "delete")).toBe(false);
    expect([saysWord("set it", "set"), saysWord("setting", "set"), saysWord("reset", "set")]).toEqual([
      true,
      false,
      false,
    ]);
  });

  it("is sketched alike where it is alike: four words in a row that two share are in both", () => {
    const shared = "this letter wants an entry";
    const [left, right] = [`Dear Ann, ${shared} today`, `Hello! ${shared.toUpperCase()} at once`].map(
      (text) => sketchOf([text]),
    );
    const common = left?.runs.filter((run) => right?.runs.includes(run)) ?? [];
    expect(common.length).toBe(2);
    expect(left?.whole).not.toBe(right?.whole);
    expect(sketchOf(["a b c d", "e"])).toEqual(sketchOf(["a  b, c d", "e"]));
  });

  it("knows the words of a name", () => {
    expect(wordsOfName("mail.sendReply_all")).toEqual(["send", "reply", "all"]);
  });
});
