/** Whether a request is only half of what the model sees, because the rest lies with its provider. */
import { Aside } from "./aside.js";

// What providers call it: OpenAI's conversations, chained responses and assistants' threads, Gemini's cached
// content and chained interactions, Anthropic's containers, Bedrock's sessions; in each of the spellings of
// their clients.
const STATE = new Set([
  "conversation",
  "conversationid",
  "previousresponseid",
  "previousinteractionid",
  "threadid",
  "assistantid",
  "cachedcontent",
  "container",
  "containerid",
  "sessionid",
]);

const MAX_DEPTH = 4;

/**
 * Throws an `Aside` when any of these settings names state that the provider keeps. What such a call means
 * depends on what went before it there, so neither may its reply be served to another, nor another's to it.
 */
export function refuseServerState(...settings: readonly unknown[]): void {
  if (settings.some((value) => namesState(value, 0))) throw new Aside("server-state");
}

function namesState(value: unknown, depth: number): boolean {
  if (typeof value !== "object" || value === null || Array.isArray(value) || depth > MAX_DEPTH) return false;
  return Object.entries(value).some(([name, item]) =>
    STATE.has(name.replaceAll("_", "").toLowerCase()) ? isNamed(item) : namesState(item, depth + 1),
  );
}

/** A name of something: `"conv_1"`, `{ id: "conv_1" }`; not a switch, and not what is yet to be made. */
function isNamed(item: unknown): boolean {
  if (typeof item === "string") return item !== "";
  if (typeof item !== "object" || item === null) return false;
  return "id" in item || "name" in item
    ? isNamed((item as { id?: unknown }).id ?? (item as { name?: unknown }).name)
    : false;
}
