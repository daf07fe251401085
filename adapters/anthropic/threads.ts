/**
 * Threads: conversations that the provider keeps, so that a client sends what is new alone, and names the reply it
 * goes on from. What goes on from a reply of ours is made whole again; the provider knows nothing of that reply.
 */
import { createMemory, type Memory } from "../openai/memory.js";
import { isRecord, type JsonRecord } from "../openai/record-of.js";

/** Over which cache, and for whom. */
interface Whose {
  readonly cache: object;
  readonly owner: string;
}

/** Whether the conversation of a body lies with the provider: it goes on from a reply that is only named. */
export const isContinued = ({ thread }: JsonRecord): boolean => isRecord(thread) && thread.type !== "create";

/** Remembers the conversation that a reply of ours ends, where its client will go on from it by its id. */
export function note(reply: JsonRecord, body: JsonRecord, { cache, owner }: Whose): void {
  if (!isRecord(body.thread)) return;
  const { system, tools, messages } = body;
  const said = { role: "assistant", content: reply.content };
  memoryOf(cache).remember(reply.id, [{ system, tools, messages: [...listed(messages), said] }], owner);
}

/**
 * A body that goes on from a reply of ours, with all that came before, as one that begins a thread; `undefined`
 * for every other. What is no longer known stays as it is: the provider says that it does not know it, and
 * its clients then send the whole conversation.
 */
export function restored(body: JsonRecord, { cache, owner }: Whose): JsonRecord | undefined {
  if (!isContinued(body) || !isRecord(body.thread)) return undefined;
  const [before] = memoryOf(cache).recall(body.thread.previous_message_id, owner) ?? [];
  if (!before) return undefined;
  const messages = [...listed(before.messages), ...listed(body.messages)];
  return { ...before, ...body, messages, thread: { type: "create" } };
}

const listed = (messages: unknown): readonly unknown[] =>
  Array.isArray(messages) ? (messages as unknown[]) : [];

const memories = new WeakMap<object, Memory>();

function memoryOf(cache: object): Memory {
  const memory = memories.get(cache) ?? createMemory();
  memories.set(cache, memory);
  return memory;
}
