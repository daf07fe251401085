/** What the LangChain examples print about a run: one line a reply, hits and misses and why. */
import { type AIMessage, type BaseMessage, isAIMessage } from "@langchain/core/messages";
import type { RepriseMetadata } from "reprise/langchain";

/** Prints the model's replies among the messages of a run, and gives how many of them asked no model. */
export function printReplies(title: string, messages: readonly BaseMessage[], milliseconds: number): number {
  console.log(`${title}  (${milliseconds.toFixed(0)} ms)`);
  let hits = 0;
  for (const message of messages) {
    if (!isAIMessage(message)) continue;
    const metadata = message.response_metadata.reprise as RepriseMetadata | undefined;
    if (metadata?.status === "hit") hits++;
    const verdict = metadata ? `${metadata.status} ${metadata.match ?? metadata.reason}` : "no cache";
    console.log(`  ${verdict.padEnd(16)} ${said(message)}`);
  }
  return hits;
}

function said({ text, tool_calls }: AIMessage): string {
  return (tool_calls ?? []).map(({ name, args }) => `${name}(${JSON.stringify(args)})`).join(", ") || text;
}
