import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AGENTS, runsOf } from "../../../bench/model/agents.js";
import type { InductionModel, InductionRequest } from "../../../src/index.js";
import { heard, setUp } from "../../support/cache.js";
import { randomFrom } from "../../support/traffic.js";

const NAMES = ["city", "state", "a", "b", "result", "__proto__", "null", "", "constructor", "x y", "item"];
const EXPRESSIONS = [
  "upper(a)",
  "concat(a, b)",
  'if(a == "x", b, a)',
  "number(a) + 1",
  "a",
  "city.length",
  "((((((",
  '"MA"',
  "get(result, 0)",
  "first_word(a)",
  "repeat(a, 99999)",
  "lookup(a, {})",
  "constructor(a)",
  "__proto__",
  "1 / 0",
];

/** Answers of the right form made of what was shown, or of none; the same for the same seed. */
function garbage(seed: number): InductionModel {
  const random = randomFrom(seed);
  const below = (most: number): number => Math.floor(random() * most);
  const one = <Item>(items: readonly Item[]): Item => items[below(items.length)] as Item;
  const some = <Item>(most: number, make: () => Item): Item[] => Array.from({ length: below(most) }, make);
  const texts = (input: unknown): { at: string; text: string }[] =>
    [...JSON.stringify(input).matchAll(/"at":"([^"]+)","text":"((?:[^"\\]|\\.)*)"/g)].map(
      ([, at = "", text = ""]) => ({
        at,
        text: JSON.parse(`"${text}"`) as string,
      }),
    );
  const stretch = (input: unknown) => {
    const { at, text } = one(texts(input)) ?? { at: "m0", text: "" };
    const words = text.split(" ");
    const start = below(words.length);
    const part = words.slice(start, start + 1 + below(3)).join(" ");
    return {
      at,
      text: random() < 0.9 ? part || "x" : text.slice(below(5)) || "y",
      nth: 1 + below(2),
      use: one(["data", "noise"]),
    };
  };
  const value = ({ agent, input }: InductionRequest): unknown => {
    if (random() < 0.1) return one([null, undefined, 7, "text", [], {}, { spans: 1 }, { verdicts: "no" }]);
    switch (agent) {
      case "identify":
        return { spans: some(7, () => stretch(input)) };
      case "merge":
        return {
          together: some(5, () => below(5)),
          spans: some(7, () => stretch((input as { examples: unknown[] }).examples[0])),
        };
      case "name":
        return {
          names: (input as { stretches: { text: string }[] }).stretches.map(({ text }, span) => ({
            span,
            // Mostly names that go with their values: those get furthest.
            name: random() < 0.9 ? `v${text.length}${text.charCodeAt(0)}` : one(NAMES),
          })),
        };
      case "arrange": {
        const { conversation, reply } = input as {
          conversation: { variable: string }[];
          reply: { variable: string }[];
        };
        const known = [...conversation, ...reply].map(({ variable }) => variable);
        return {
          depends: reply.map(({ variable }) => ({ variable, on: some(3, () => one(known)) })),
          entry: random() < 0.2 ? "entry" : null,
        };
      }
      case "derive": {
        const { variables } = input as {
          variables: { variable: string; value: unknown; on: { variable: string; value: unknown }[] }[];
        };
        return {
          derivations: variables.map(({ variable, value: said, on }) => {
            const of = one(on)?.variable ?? "a";
            const key = String(one(on)?.value ?? "");
            return {
              variable,
              expression: random() < 0.5 ? one(EXPRESSIONS).replaceAll(/\b[ab]\b/g, of) : null,
              table:
                random() < 0.7
                  ? {
                      of,
                      rows: [
                        { key, value: String(said) },
                        { key: "x", value: "y" },
                      ],
                    }
                  : null,
            };
          }),
          conditions: some(2, () => one(EXPRESSIONS)),
        };
      }
      default:
        return {
          verdicts: (input as { unused: { variable: string }[] }).unused.map(({ variable }) => ({
            variable,
            decides: random() < 0.5,
          })),
        };
    }
  };
  return async (request) => ({ value: value(request) });
}

const WORK = Object.values(AGENTS);
const RUNS = 12;

/** How many hits were wrong and right, over work of every kind in turn. */
async function play(seed: number, model: InductionModel | undefined) {
  const { cache, told } = setUp({
    random: randomFrom(seed),
    ...(model && { induction: { model, attempts: 1, concurrency: 1, trialCalls: 1e6, callsPerHour: 1e6 } }),
  });
  let wrong = 0;
  let right = 0;
  const runs = WORK.map((agent) => runsOf(agent, RUNS, seed));
  for (let index = 0; index < RUNS; index++) {
    for (const each of runs) {
      const { messages, reply } = each[index] as (typeof each)[number];
      const answer = await cache.lookup({ messages });
      if (answer.status === "hit") {
        const said = answer.reply.tool_calls?.map(({ function: called }) => called);
        if (JSON.stringify(said) === JSON.stringify(reply.tool_calls?.map(({ function: called }) => called)))
          right++;
        else wrong++;
      }
      await cache.observe({ messages }, reply);
      await cache.settled();
    }
  }
  const faults = heard(told, "fault").filter(({ where }) => where !== "model");
  const { model: figures } = cache.stats();
  await cache.close();
  return { wrong, right, faults, figures };
}

describe("a model that talks nonsense", () => {
  it("leads to no wrong hit more than none, and to no fault but its own", { timeout: 120_000 }, async () => {
    let calls = 0;
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 1_000_000 }), async (seed) => {
        const without = await play(seed, undefined);
        const played = await play(seed, garbage(seed));
        expect(played.wrong).toBeLessThanOrEqual(without.wrong);
        expect(played.faults).toEqual([]);
        calls += Object.values(played.figures?.calls ?? {}).reduce((sum, count) => sum + count, 0);
        refused += Object.values(played.figures?.refused ?? {}).reduce((sum, count) => sum + count, 0);
      }),
      { numRuns: 12 },
    );
    // It was asked, and what it said was looked at.
    expect(calls).toBeGreaterThan(50);
    expect(refused).toBeGreaterThan(20);
  });
});
