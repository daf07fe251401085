import { describe, expect, it } from "vitest";
import { dead, done, type Question, questionId, wanted } from "../../../src/learn/model/question.js";
import { Observation } from "../../../src/learn/observation.js";
import type { Workshop } from "../../../src/learn/stage.js";
import { askModel } from "../../../src/learn/stages/ask.js";
import type { Turn } from "../../../src/template/turn.js";
import type { Exchange } from "../../../src/tree/knowledge.js";
import { weighedId } from "../../../src/trust/familiar.js";
import { call, taught } from "../../support/taught.js";
import { calls, exchangeOf, gives, says, user } from "../../support/turns.js";
import { bench } from "../../support/workshop.js";

/** A bench with somebody to ask. */
function asking(more: Partial<Workshop> = {}) {
  const made = bench();
  const asked: Question[] = [];
  const workshop: Workshop = { ...made.workshop, ask: (question) => void asked.push(question), ...more };
  const meet = (exchange: Exchange): void => {
    made.knowledge.add(exchange);
    made.workshop.memory.add(exchange);
  };
  const see = async (turns: readonly Turn[], said: Turn): Promise<Question[]> => {
    const before = asked.length;
    await askModel.run(new Observation(exchangeOf(turns, said)), workshop);
    return asked.slice(before);
  };
  return { ...made, workshop, asked, meet, see };
}

const question = (exchange: Exchange): string =>
  questionId({ kind: "induce", exchange: exchange.id, alike: [], inherited: [] });

describe("an exchange that nothing explains", () => {
  const turns = [user("Book a guide in the capital of Peru")];
  const said = calls("book", { city: "Lima" });

  it("is asked about", async () => {
    const made = asking();
    expect(await made.see(turns, said)).toEqual([
      { kind: "induce", exchange: exchangeOf(turns, said).id, alike: [], inherited: [] },
    ]);
  });

  it("is not asked about again, whatever came of it", async () => {
    for (const note of [wanted(0), done(0), dead(0, "timeout")]) {
      const made = asking();
      made.knowledge.agree(question(exchangeOf(turns, said)), note);
      expect([note, await made.see(turns, said)]).toEqual([note, []]);
    }
  });

  it("is not asked about where there is no model, or it is very long", async () => {
    expect(await asking({ ask: undefined }).see(turns, said)).toEqual([]);
    expect(await asking().see([user("word ".repeat(20_000))], said)).toEqual([]);
  });

  it("is one that a template was wrong about, or silent", async () => {
    const made = asking();
    made.knowledge.add(
      taught("Book a guide in the capital of {{country}}", call("book", { city: "=country" })),
    );
    expect(await made.see(turns, said)).toHaveLength(1);
  });
});

describe("a template that is right explains an exchange", () => {
  const find = (name: string) => [[user(`Find ${name} now`)], calls("find", { name })] as const;
  const explained = async (
    learnt: ReturnType<typeof taught>,
    [turns, said]: readonly [readonly Turn[], Turn],
    prepare: (made: ReturnType<typeof asking>) => void = () => undefined,
  ): Promise<boolean> => {
    const made = asking();
    made.knowledge.add(learnt);
    prepare(made);
    return (await made.see(turns, said)).length === 0;
  };

  it("where all that is said was read", async () => {
    expect(await explained(taught("Find {{name}} now", call("find", { name: "=name" })), find("Ann"))).toBe(
      true,
    );
  });

  it("unless it takes any question or says a fixed text: until it was right twice", async () => {
    const loose = taught("{{asked:any}}", call("find", { name: "=asked" }));
    const fixed = taught("Say {{what}} now", "ok");
    for (const [learnt, pair] of [
      [loose, [[user("Ann")], calls("find", { name: "Ann" })]],
      [fixed, [[user("Say hello now")], says("ok")]],
    ] as const) {
      const right = (count: number) => (made: ReturnType<typeof asking>) => {
        for (let n = 0; n < count; n++) made.knowledge.agree(learnt.skeleton, `w${n}`);
      };
      expect(await explained(learnt, pair)).toBe(false);
      expect(await explained(learnt, pair, right(1))).toBe(false);
      expect(await explained(learnt, pair, right(2))).toBe(true);
    }
  });

  it("unless it says a constant that is not known at its place: a word from three, data from twelve", async () => {
    for (const [constant, enough] of [
      ["fast", 3],
      ["Fast", 12],
      ["b7", 12],
    ] as const) {
      const learnt = taught("Find {{name}} now", call("find", { name: "=name", how: constant }));
      const pair = [[user("Find Ann now")], calls("find", { name: "Ann", how: constant })] as const;
      const held = (count: number) => (made: ReturnType<typeof asking>) => {
        for (let n = 0; n < count; n++) made.knowledge.scope("s").args.add("find.how", constant);
      };
      expect([constant, await explained(learnt, pair, held(enough - 1))]).toEqual([constant, false]);
      expect([constant, await explained(learnt, pair, held(enough))]).toEqual([constant, true]);
    }
  });

  it("unless its own words hold what looks like a value; words beside a call are worded anew each time", async () => {
    const greets = (text: string) => taught("Greet {{name}} now", text);
    const pair = (text: string) => [[user("Greet Ann now")], says(text)] as const;
    expect(await explained(greets("Hello {{name}}, welcome"), pair("Hello Ann, welcome"))).toBe(true);
    expect(await explained(greets("Hello {{name}}, room 4711"), pair("Hello Ann, room 4711"))).toBe(false);
  });
});

describe("what is shown beside an exchange", () => {
  const word = ["red", "blue", "green", "black", "white", "brown", "pink", "grey"];
  const about = (n: number): Exchange =>
    exchangeOf(
      [user(`Tell me a story about the ${word[n % 8]} fox and hen ${n}`)],
      says(`Story of ${n * 7919}.`),
    );
  /** What is asked about the last of several, the others known, and noted as the list says. */
  const shown = async (count: number, notes: readonly (string | undefined)[], other?: Exchange) => {
    const made = asking();
    for (let n = 0; n < count; n++) made.meet(about(n));
    if (other) made.meet(other);
    for (const [n, note] of notes.entries()) if (note) made.knowledge.agree(question(about(n)), note);
    const { turns, said } = about(100);
    const [first] = await made.see(turns, said);
    return first?.kind === "induce" ? first.alike.length : undefined;
  };

  it("is nothing for the first two that nothing explains", async () => {
    expect(await shown(2, [])).toBe(0);
    expect(await shown(3, [done(0)])).toBe(0);
  });

  it("is nothing while what a model says of another is still to come: none is asked about then", async () => {
    expect(await shown(2, [wanted(0)])).toBeUndefined();
    expect(await shown(3, [done(0), wanted(0)])).toBeUndefined();
  });

  it("is the likest where two, four, eight and so on are known, and in between none is asked about", async () => {
    const twice = [done(0), done(0)];
    expect(await shown(2, twice)).toBe(2);
    expect(await shown(3, twice)).toBeUndefined();
    expect(await shown(4, twice)).toBe(4);
    expect(await shown(5, twice)).toBeUndefined();
    expect(await shown(8, twice)).toBe(4);
  });

  it("is only what has much in common with it", async () => {
    const other = exchangeOf([user("Please pay the bill of the plumber at once")], says("Paid."));
    expect(await shown(2, [done(0), done(0)], other)).toBe(2);
  });
});

describe("what earlier steps have named", () => {
  it("goes with the question, by the template that was right about them", async () => {
    const made = asking();
    made.knowledge.add(taught("Find {{name}} now", call("find", { name: "=name" })));
    made.knowledge.add(taught("Find {{other}} now", call("look", { name: "=other" })));
    const turns = [user("Find Ann now"), calls("find", { name: "Ann" }), gives("none"), user("Then ask Bob")];
    expect(await made.see(turns, calls("ask", { who: "Robert" }))).toMatchObject([
      { kind: "induce", inherited: [["name", "Ann"]] },
    ]);
    const wrong = [user("Find Ann now"), calls("find", { name: "Bob" }), gives("none"), user("Then ask Bob")];
    expect(await made.see(wrong, calls("ask", { who: "Robert" }))).toMatchObject([{ inherited: [] }]);
  });

  it("is short values alone", async () => {
    for (const [length, count] of [
      [300, 1],
      [301, 0],
    ] as const) {
      const made = asking();
      made.knowledge.add(taught("Find {{name:any}} now", call("find", { name: "=name" })));
      const name = "x".repeat(length);
      const turns = [user(`Find ${name} now`), calls("find", { name }), gives("none"), user("Then ask Bob")];
      const [first] = await made.see(turns, calls("ask", { who: "Robert" }));
      expect(first?.kind === "induce" && first.inherited).toHaveLength(count);
    }
  });
});

describe("a template that only waits for what it leaves aside", () => {
  const learnt = taught("Find {{name}} in {{place}} now", call("find", { name: "=name" }));
  const seen = async (
    agreements: number,
    prepare: (made: ReturnType<typeof asking>) => void = () => undefined,
  ) => {
    const made = asking();
    made.knowledge.add(learnt);
    for (const name of ["Ann", "Raj"]) made.knowledge.scope("s").args.add("find.name", name);
    for (let n = 0; n < agreements; n++) made.knowledge.agree(learnt.skeleton, `w${n}`);
    made.knowledge.seen.note(learnt.skeleton, [
      ["name", "Ann"],
      ["place", "here"],
    ]);
    prepare(made);
    return made.see([user("Find Ann in blue now")], calls("find", { name: "Ann" }));
  };

  it("is asked about, with what it read and leaves aside, once it was right often enough", async () => {
    const [asked] = await seen(3);
    expect(asked).toMatchObject({ kind: "weigh", template: learnt.id, unused: [["place", "blue"]] });
    expect(await seen(1)).not.toContainEqual(expect.objectContaining({ kind: "weigh" }));
  });

  it("is not asked about again", async () => {
    expect(await seen(3, ({ knowledge }) => void knowledge.agree(weighedId(learnt), "asked once"))).toEqual(
      [],
    );
  });

  it("is not asked about where the answer would not be enough", async () => {
    const bad = ({ knowledge }: ReturnType<typeof asking>) =>
      Object.assign(knowledge.scope("s").fates.proven, { wrong: 50, expected: 1 });
    expect(await seen(3, bad)).toEqual([]);
  });

  it("is not asked about where what it leaves aside is known data", async () => {
    const known = ({ knowledge }: ReturnType<typeof asking>) =>
      knowledge.scope("s").args.add("paint.colour", "blue");
    expect(await seen(3, (made) => void known(made))).toEqual([]);
  });
});

describe("variables whose names say nothing", () => {
  const learnt = taught("Find {{text}} now", call("find", { name: "=text" }));
  const seen = async (agreements: number, more: Partial<Workshop> = { labels: true }, of = learnt) => {
    const made = asking(more);
    made.knowledge.add(of);
    for (let n = 0; n < agreements; n++) made.knowledge.agree(of.skeleton, `w${n}`);
    return made.see([user("Find Ann now")], calls("find", { name: "Ann" }));
  };

  it("are asked about once their template was right, where names are wanted", async () => {
    expect(await seen(1)).toMatchObject([
      { kind: "label", template: learnt.id, variables: [["text", "Ann"]] },
    ]);
    expect(await seen(0)).toEqual([]);
    expect(await seen(1, {})).toEqual([]);
  });

  it("are not asked about again, nor where all names say something", async () => {
    const named = taught("Find {{name}} now", call("find", { name: "=name" }));
    expect(await seen(1, { labels: true }, named)).toEqual([]);
    const made = asking({ labels: true });
    made.knowledge.add(learnt);
    made.knowledge.agree(learnt.skeleton, "w");
    const id = questionId({ kind: "label", template: learnt.id, exchange: "", variables: [] });
    made.knowledge.agree(id, wanted(0));
    expect(await made.see([user("Find Ann now")], calls("find", { name: "Ann" }))).toEqual([]);
  });
});
