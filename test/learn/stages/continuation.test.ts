import { Keyv } from "keyv";
import { describe, expect, it } from "vitest";
import type { Message, Reply } from "../../../src/types.js";
import { answerTo, gives, play, type Step, teach } from "../../support/agent.js";
import { calls, hitOf, said, says, setUp, user } from "../../support/cache.js";

/** A conversation of calls and results after a question, and the reply to it. */
function after(question: string, steps: readonly (readonly [Reply, unknown])[], reply: Reply): Step {
  const messages: Message[] = [user(question)];
  for (const [index, [call, result]] of steps.entries()) {
    const made = {
      ...call,
      tool_calls: (call.tool_calls ?? []).map((each) => ({ ...each, id: `call_${index}` })),
    };
    messages.push(said(made), gives(result, `call_${index}`));
  }
  return [messages, reply];
}

const QUESTIONS = [
  "My phone is dead",
  "No signal since noon",
  "The screen went black",
  "It will not ring",
  "Nothing loads",
  "It beeps",
];
// However it came to that, after a reset its power is checked.
const checked = (index: number): Step =>
  after(
    QUESTIONS[index] as string,
    [
      ...Array.from(
        { length: index % 4 },
        (_, n) => [calls("check", { part: `p${(index * 7 + n) % 5}` }), { fault: n }] as const,
      ),
      [calls("reset", {}), { status: "needs_reboot" }],
    ],
    calls("check_power", {}),
  );

describe("what continues from a step", () => {
  it("is served after whatever came before, once conversations of several questions have shown it", async () => {
    const { cache } = setUp();
    const { hits, wrong } = await play(
      cache,
      QUESTIONS.map((_, index) => checked(index)),
    );
    expect(wrong).toEqual([]);
    expect(hits.slice(0, 4)).toEqual([undefined, undefined, undefined, undefined]);
    expect(hits.slice(5)).toEqual(["check_power({})"]);
    expect(cache.printTree()).toContain("… (after any steps)");
    expect(cache.explain({ messages: checked(5)[0] }).outcome).toBe("hit");
  });

  it("is not kept before a second conversation has shown the very same", async () => {
    const { cache } = setUp();
    const step = (index: number): Step =>
      after(
        QUESTIONS[index] as string,
        [[calls("reset", {}), { status: ["needs_reboot", "locked"][index] }]],
        calls("check_power", {}),
      );
    await teach(cache, [step(0), step(1)]);
    expect(cache.printTree()).not.toContain("… (after any steps)");
    await teach(cache, [checked(1)]);
    expect(cache.printTree()).toContain("… (after any steps)");
  });

  it("gains nothing from one question asked again and again", async () => {
    const { cache } = setUp();
    const same = (index: number): Step => {
      const [messages, reply] = checked(index);
      return [[user("My phone is dead"), ...messages.slice(1)], reply];
    };
    await teach(cache, [0, 1, 2, 3, 1, 2, 3].map(same));
    expect(await answerTo(cache, checked(5))).toMatch(/^miss/);
  });

  it("fills the reply from the result of the step", async () => {
    const { cache } = setUp();
    const step = (index: number): Step =>
      after(
        QUESTIONS[index] as string,
        [
          ...Array.from({ length: index % 3 }, () => [calls("check", {}), { fault: 1 }] as const),
          [calls("open_ticket", {}), { ticket: `T-${index * 13 + 100}` }],
        ],
        calls("get_history", { ticket: `T-${index * 13 + 100}` }),
      );
    const { hits, wrong } = await play(
      cache,
      QUESTIONS.map((_, index) => step(index)),
    );
    expect(wrong).toEqual([]);
    expect(hits.at(-1)).toBe('get_history({"ticket":"T-165"})');
  });

  describe("where the reply repeats what the step was sent", () => {
    const DEVICES = ["lamp", "heater", "fan", "radio", "kettle"];
    const ROOMS = ["kitchen", "bedroom", "office", "garage", "hall"];
    // However it was asked for, what is said in the end names what was switched.
    const switched = (index: number, on = true): Step => {
      const [device, room] = [DEVICES[index % 5] as string, ROOMS[(index * 2) % 5] as string];
      const asked = [
        `switch on the ${device} in the ${room}`,
        `${room}: ${device} on`,
        `light up, ${device} of the ${room}!`,
        `I need the ${room} ${device}`,
        `let there be a ${device} in my ${room}`,
      ][index % 5] as string;
      return after(
        asked,
        [[calls("set_state", { device, room, on }), "ok"]],
        says(`The ${device} in the ${room} is ${on ? "on" : "off"}.`),
      );
    };

    it("is filled from there, whatever words asked for it", async () => {
      const { cache } = setUp();
      await teach(
        cache,
        [0, 1, 2, 3].map((index) => switched(index)),
      );
      expect(await answerTo(cache, switched(4))).toBe("template The kettle in the garage is on.");
      expect(cache.printTree()).toContain("set_state(device={{device}}, room={{room}}, on=true)");
    });

    it("holds of the state that was sent alone", async () => {
      const { cache } = setUp();
      await teach(
        cache,
        [0, 1, 2, 3].map((index) => switched(index)),
      );
      expect(await answerTo(cache, switched(4, false))).toMatch(/^miss/);
    });

    it("leaves open what looks like data, and no state in a word of its own", async () => {
      const { cache } = setUp();
      const closed = (index: number, how: string): Step => {
        const ticket = `TK-${100 + index * 17}`;
        return after(
          `${QUESTIONS[index]} (${ticket})`,
          [[calls("close", { ticket, how, note: `${QUESTIONS[index]}, again and again` }), "ok"]],
          says(`${ticket} is closed.`),
        );
      };
      await teach(
        cache,
        [0, 1, 2, 3].map((index) => closed(index, "solved")),
      );
      expect(await answerTo(cache, closed(4, "solved"))).toBe("template TK-168 is closed.");
      expect(await answerTo(cache, closed(4, "refused"))).toMatch(/^miss/);
    });

    it("is not learned from a value that was sent under two names", async () => {
      const { cache } = setUp();
      const moved = (index: number): Step => {
        const who = DEVICES[index] as string;
        return after(
          QUESTIONS[index] as string,
          [[calls("move", { from: who, to: who }), "ok"]],
          says(`Moved to ${who}.`),
        );
      };
      await teach(cache, [0, 1, 2, 3].map(moved));
      expect(cache.printTree()).not.toContain("move(from={{from}}");
    });
  });

  describe("where the user answers what the assistant said", () => {
    const TRAINS = [
      ["9:40", "Ann"],
      ["11:15", "Raj"],
      ["7:05", "Mia"],
      ["16:20", "Hugo"],
      ["20:55", "Lena"],
      ["13:30", "Omar"],
    ] as const;
    const confirmed = (index: number, answer = "Yes, please."): Step => {
      const [time, name] = TRAINS[index] as (typeof TRAINS)[number];
      const messages = [
        user(QUESTIONS[index] as string),
        says(`Shall I book the ${time} for ${name}?`),
        user(answer),
      ];
      return [messages, calls("book", { train: time, name })];
    };

    it("does what the assistant has proposed, whatever led to it", async () => {
      const { cache } = setUp();
      const { wrong } = await play(
        cache,
        [0, 1, 2, 3, 4].map((index) => confirmed(index)),
      );
      expect(wrong).toEqual([]);
      expect(await answerTo(cache, confirmed(5))).toBe('template book({"train":"13:30","name":"Omar"})');
    });

    it("does nothing that neither of them has said", async () => {
      const { cache } = setUp();
      const goOn = (index: number): Step => [
        [user(QUESTIONS[index] as string), says("Shall I go on?"), user("Yes.")],
        calls("delete_all", { sure: true }),
      ];
      await teach(cache, [0, 1, 2, 3, 4].map(goOn));
      expect(await answerTo(cache, goOn(5))).toMatch(/^miss/);
    });

    it("does nothing of it where the answer is another", async () => {
      const { cache } = setUp();
      await teach(
        cache,
        [0, 1, 2, 3, 4].map((index) => confirmed(index)),
      );
      expect(await answerTo(cache, confirmed(5, "No, thanks."))).toMatch(/^miss/);
      expect(await answerTo(cache, confirmed(5, "Yes, but for Erik."))).toMatch(/^miss/);
    });
  });

  it("is not learned where the reply says what only came before", async () => {
    const { cache } = setUp();
    const step = (index: number): Step =>
      after(
        `${QUESTIONS[index]}, says Ann`,
        [
          ...Array.from({ length: index }, () => [calls("check", {}), { fault: 1 }] as const),
          [calls("reset", {}), { status: "done" }],
        ],
        calls("tell", { who: "Ann" }),
      );
    await teach(
      cache,
      QUESTIONS.map((_, index) => step(index)),
    );
    const other = after(
      "It smokes, says Bob",
      [...Array(7).fill([calls("check", {}), { fault: 1 }]), [calls("reset", {}), { status: "done" }]],
      says(""),
    );
    expect(await answerTo(cache, other)).toMatch(/^miss/);
  });

  it("is not served once it was wrong, nor after a bad word", async () => {
    const { cache } = setUp();
    await teach(cache, [0, 1, 2, 3, 4].map(checked));
    const [messages] = checked(5);
    const hit = hitOf(await cache.lookup({ messages }));
    expect(await cache.feedback(hit.id, "bad")).toBe(true);
    expect(await answerTo(cache, checked(5))).toMatch(/^miss/);

    const other = setUp().cache;
    await teach(other, [0, 1, 2, 3].map(checked));
    await teach(other, [[checked(4)[0], calls("hang_up", {})]]);
    expect(await answerTo(other, checked(5))).toMatch(/^miss/);
  });

  it("is known after a restart, and forgotten with its tool", async () => {
    const store = new Keyv();
    const { cache } = setUp({ store });
    await teach(cache, [0, 1, 2, 3, 4].map(checked));
    await cache.close();
    const next = setUp({ store }).cache;
    expect(await answerTo(next, checked(5))).toBe("template check_power({})");
    await next.forget({ tool: "reset" });
    expect(await answerTo(next, checked(5))).toMatch(/^miss/);
    await next.close();
  });
});
