/**
 * A graph of LangGraph's with a wrapped model in its node and a memory: three users ask the same two
 * questions on threads of their own. Only the first is answered by the model, and every thread keeps all its
 * replies.
 */
import { Annotation, END, MemorySaver, MessagesAnnotation, START, StateGraph } from "@langchain/langgraph";
import { createCache } from "reprise";
import { withReprise } from "reprise/langchain";
import { openChatModel } from "./support/langchain-model.ts";
import { printReplies } from "./support/langchain-report.ts";

// No served reply is checked by asking the model too, so that what is printed is the same each time.
const cache = createCache({ policy: "eager", auditRate: 0 });
const model = withReprise(
  await openChatModel(({ question }) => {
    const [, name] = /I am (\w+)/.exec(question) ?? [];
    return { say: name ? `Hello ${name}, how can I help?` : "We are open from nine to five." };
  }),
  cache,
);

const Context = Annotation.Root({ reprise: Annotation<{ bindings: Record<string, string> }> });
const graph = new StateGraph(MessagesAnnotation, Context)
  // The context of the run is in the config that is handed on.
  .addNode("answer", async ({ messages }, config) => ({ messages: [await model.invoke(messages, config)] }))
  .addEdge(START, "answer")
  .addEdge("answer", END)
  .compile({ checkpointer: new MemorySaver() });

for (const name of ["Erik", "Maria", "Kenji"]) {
  const config = { configurable: { thread_id: name }, context: { reprise: { bindings: { name } } } };
  const before = performance.now();
  for (const question of [`Hi, I am ${name}.`, "When are you open?"]) {
    await graph.invoke({ messages: [{ role: "user", content: question }] }, config);
  }
  const { messages } = (await graph.getState(config)).values as typeof MessagesAnnotation.State;
  printReplies(`${name}, ${messages.length} messages in the thread`, messages, performance.now() - before);
}

console.log(`\n${cache.printTree()}`);
await cache.close();
