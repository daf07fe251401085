/**
 * Tic-tac-toe against a model that has to be asked for each of its moves: a conversation that branches with
 * every move of the player. Games that begin alike share what was learned; the tree is printed as it grows.
 */
import { generateText, type ModelMessage, wrapLanguageModel } from "ai";
import { createCache } from "reprise";
import { repriseMiddleware } from "reprise/ai-sdk";
import { openModel } from "./support/model.ts";
import { Report } from "./support/report.ts";

const FIELDS = ["a1", "b1", "c1", "a2", "b2", "c2", "a3", "b3", "c3"];
const LINES = [
  "a1 b1 c1",
  "a2 b2 c2",
  "a3 b3 c3",
  "a1 a2 a3",
  "b1 b2 b3",
  "c1 c2 c3",
  "a1 b2 c3",
  "c1 b2 a3",
].map((line) => line.split(" "));

const cache = createCache({ policy: "exact" });
const { model: inner, calls } = await openModel(({ question }) => ({ say: move(question) }));
const model = wrapLanguageModel({ model: inner, middleware: repriseMiddleware(cache) });
const report = new Report();

const games = [
  ["b2", "c3", "c1"],
  ["b2", "c3", "a2"],
  ["b2", "b1", "c3"],
  ["b2", "c3", "c1"],
];
for (const [index, moves] of games.entries()) {
  const messages: ModelMessage[] = [];
  const taken: string[] = [];
  for (const player of moves) {
    taken.push(player);
    messages.push({ role: "user", content: `Taken so far, mine first: ${taken.join(" ")}. Your move?` });
    const before = performance.now();
    const { text, steps } = await generateText({
      model,
      instructions:
        "We play tic-tac-toe on a board a1 to c3. Answer with the field you take, and nothing else.",
      messages,
    });
    report.print(`game ${index + 1}: I take ${player}`, steps, performance.now() - before);
    messages.push({ role: "assistant", content: text });
    taken.push(text);
  }
  console.log(`\n${cache.printTree()}\n`);
}
report.summary(calls());
await cache.close();

/** The scripted model's play: finish a line, stop one, or take the first field that is free. */
function move(question: string): string {
  const taken = /first: (.*)\. Your/.exec(question)?.[1]?.split(" ") ?? [];
  const theirs = taken.filter((_field, index) => index % 2 === 0);
  const mine = taken.filter((_field, index) => index % 2 === 1);
  const gap = (fields: readonly string[]) => {
    const line = LINES.find(
      (one) =>
        one.filter((field) => fields.includes(field)).length === 2 &&
        one.some((field) => !taken.includes(field)),
    );
    return line?.find((field) => !taken.includes(field));
  };
  return gap(mine) ?? gap(theirs) ?? FIELDS.find((field) => !taken.includes(field)) ?? "none";
}
