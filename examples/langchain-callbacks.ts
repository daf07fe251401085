/**
 * A dry run: the callback handler watches a model at work and serves nothing. It learns, counts what could
 * have been served, and whether the model then said the same. The model is asked every time.
 */
import { createCache } from "reprise";
import { RepriseCallbackHandler } from "reprise/langchain";
import { openChatModel } from "./support/langchain-model.ts";

const cache = createCache();
const handler = new RepriseCallbackHandler(cache);
const model = await openChatModel(({ question }) => {
  const [, topic] = /about (\w+)/.exec(question) ?? [];
  return {
    say: topic === "luck" ? `A number about luck: ${Math.random()}` : `Here is a line about ${topic}.`,
  };
});

// Some questions come again, as they do; one of them never has the same answer.
for (const topic of ["rain", "tea", "rain", "luck", "tea", "luck", "rain"]) {
  await model.invoke(`Write a line about ${topic}.`, { callbacks: [handler] });
}
await handler.settled();

const { calls, known, agreed, differed, savable } = handler.report;
console.log(`${calls} model calls watched, ${known} of them with an answer ready in the cache.`);
console.log(
  `${agreed} times the model said the same: ${savable.inputTokens} + ${savable.outputTokens} tokens that could be saved.`,
);
console.log(`${differed} times it said something else.\n\n${cache.printTree()}`);
await cache.close();
