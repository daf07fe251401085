/** How a known reply becomes a message of the Messages API again. */
import { type ContentPart, parseJson } from "reprise";
import type { ReplyContext } from "../openai/api.js";
import { toJavaScript } from "../openai/body.js";
import { type Notes, readNotes } from "../openai/notes.js";
import { isRecord, type JsonRecord, recordsIn } from "../openai/record-of.js";
import type { Known } from "../shared/framework-call.js";
import { CITED } from "./blocks.js";
import type { PlacedCall } from "./record.js";

/**
 * A message with fresh ids and a usage of zero; `undefined` for a reply that holds what a message has no word
 * for, or that its provider would not take back in a next step.
 */
export function toReply(known: Known, { body, generateId }: ReplyContext): JsonRecord | undefined {
  const { reply, details, exact } = known;
  const notes = readNotes(details, "messages");
  const content = toBlocks(known, { notes, generateId });
  const calls = reply.tool_calls?.length ?? 0;
  if (content === undefined || content.length === 0) return undefined;
  if (calls > 0 && !(exact && notes) && opensThinking(body) && !isThought(content[0])) return undefined;
  const stopped = calls === 0 && notes && "stopped" in notes;
  return {
    id: `msg_reprise_${generateId()}`,
    type: "message",
    role: "assistant",
    model: typeof body.model === "string" ? body.model : "",
    ...notes?.around,
    content,
    stop_reason: calls > 0 ? "tool_use" : stopped ? "stop_sequence" : "end_turn",
    stop_sequence: stopped ? notes.stopped : null,
    usage: notes?.usage ?? { input_tokens: 0, output_tokens: 0 },
  };
}

/**
 * Whether a reply that calls a tool must begin with what was thought: the provider asks for that, signed, in
 * the next step. In a later step of a loop the first one has it.
 */
function opensThinking({ thinking, messages }: JsonRecord): boolean {
  if (!isRecord(thinking) || thinking.type !== "enabled") return false;
  return !recordsIn(recordsIn(messages).at(-1)?.content).some(({ type }) => type === "tool_result");
}

const isThought = (block: JsonRecord | undefined): boolean => /thinking$/.test(String(block?.type));

interface Writing {
  readonly notes: Notes | undefined;
  readonly generateId: () => string;
}

function toBlocks({ reply, exact }: Known, { notes, generateId }: Writing): JsonRecord[] | undefined {
  const parts: readonly ContentPart[] =
    typeof reply.content === "string" ? [{ type: "text", text: reply.content }] : (reply.content ?? []);
  const calls = (reply.tool_calls ?? []).map(({ function: called, after }: PlacedCall) => ({
    after: after ?? parts.length,
    block: {
      ...{ type: "tool_use", id: `toolu_${generateId().slice(0, 24)}`, name: called.name },
      input: inputOf(called.arguments),
      ...(notes ? (notes.call as JsonRecord) : { caller: { type: "direct" } }),
    },
  }));
  const blocks: JsonRecord[] = [];
  for (const [at, part] of [...parts, undefined].entries()) {
    // In the order in which they were said; calls of which that is not known come last.
    blocks.push(
      ...calls.filter(({ after }) => Math.min(after, parts.length) === at).map(({ block }) => block),
    );
    const block = part && toBlock(part, notes, exact);
    if (part && block === undefined) return undefined;
    if (block && block !== "nothing") blocks.push(block);
  }
  return blocks;
}

function toBlock(
  part: ContentPart,
  notes: Notes | undefined,
  exact: boolean,
): JsonRecord | "nothing" | undefined {
  switch (part.type) {
    case "text":
      // An empty text is none to the provider.
      if (part.text === "") return "nothing";
      return { ...(notes ? (notes.text as JsonRecord) : { citations: null }), type: "text", text: part.text };
    case CITED:
      return { ...part, type: "text" };
    case "reasoning":
      return exact ? toThinking(part) : "nothing";
    default:
      return undefined;
  }
}

/** What was thought, with what signs it; without that no provider takes it back, and nobody is given it. */
function toThinking({ text, signed }: ContentPart): JsonRecord | "nothing" {
  const { signature, redactedData: data }: JsonRecord =
    isRecord(signed) && isRecord(signed.anthropic) ? signed.anthropic : {};
  if (typeof data === "string") return { type: "redacted_thinking", data };
  return typeof signature === "string" ? { type: "thinking", thinking: text, signature } : "nothing";
}

/** Arguments as they were written, digits included. */
function inputOf(args: string): unknown {
  const parsed = parseJson(args);
  return parsed.ok ? toJavaScript(parsed.value) : JSON.parse(args);
}
