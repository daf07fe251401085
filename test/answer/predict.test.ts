import { describe, expect, it } from "vitest";
import { bindingsOf, predict } from "../../src/answer/predict.js";
import type { Template } from "../../src/template/template.js";
import type { Turn } from "../../src/template/turn.js";
import { templateOf, user } from "../support/turns.js";

const template = (asked: string, expression: string, guards: string[] = []): Template =>
  templateOf(asked, `So: {{${expression}}}`, guards);
const says = (made: Template, text: string): string | undefined => {
  const part = predict(made, [user(text)], {})?.reply.parts[0];
  return part?.kind === "text" ? part.text : undefined;
};

describe("what one template says to a conversation", () => {
  it("is its reply, filled from the bindings", () => {
    expect(says(template("Greet {{name}}", "upper(name)"), "Greet Ann")).toBe("So: ANN");
    expect(predict(template("Greet {{name}}", "name"), [user("Greet Ann")], {})?.bindings).toEqual(
      new Map([["name", "Ann"]]),
    );
  });

  it("is nothing where it does not fit, in words, length or domain, or fits in two ways", () => {
    expect(says(template("Greet {{name}}", "name"), "Meet Ann")).toBeUndefined();
    expect(says(template("Greet {{name:integer}}", "name"), "Greet Ann")).toBeUndefined();
    expect(says(template("{{a}} to {{b}}", "a"), "x to y to z")).toBeUndefined();
    expect(predict(template("Greet {{name}}", "name"), [user("Greet Ann"), user("now")], {})).toBeUndefined();
  });

  it("is nothing where a guard does not hold, or cannot be told", () => {
    const guarded = template("Pay {{n}}", "n", ['n == "1"']);
    expect(says(guarded, "Pay 1")).toBe("So: 1");
    expect(says(guarded, "Pay 2")).toBeUndefined();
    expect(says(template("Pay {{n}}", "n", ["missing"]), "Pay 1")).toBeUndefined();
    expect(says(template("Pay {{n}}", "n", ["n"]), "Pay 1")).toBeUndefined();
  });

  it("is nothing where a derivation fails, or two of them part", () => {
    expect(says(template("Say {{x}}", 'split(x, " ")[1]'), "Say a b")).toBe("So: b");
    expect(says(template("Say {{x}}", 'split(x, " ")[1]'), "Say a")).toBeUndefined();
    expect(says(template("Say {{x}}", "x ≡ lower(x)"), "Say a")).toBe("So: a");
    expect(says(template("Say {{x}}", "x ≡ lower(x)"), "Say A")).toBeUndefined();
  });

  it("does not look at reasoning, and binds across turns", () => {
    const thinking: Turn = {
      role: "user",
      parts: [
        { kind: "reasoning", text: "hm" },
        { kind: "text", text: "Greet Ann" },
      ],
    };
    const { turns } = template("Greet {{name}}", "name");
    expect(bindingsOf(turns, [thinking])).toEqual(new Map([["name", "Ann"]]));
    expect(bindingsOf([...turns, ...turns], [user("Greet Ann"), user("Greet Ann")])).toEqual(
      new Map([["name", "Ann"]]),
    );
    expect(bindingsOf([...turns, ...turns], [user("Greet Ann"), user("Greet Bob")])).toBeUndefined();
  });
});
