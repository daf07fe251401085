/** How the chunks of a stream are put together into the completion that a plain call would have had. */
import { dataOf, type Gatherer } from "../api.js";
import { isRecord, isVoid, type JsonRecord, recordsIn, without } from "../record-of.js";

type Fields = Record<string, unknown>;

/** A gatherer for one stream. */
export function gather(): Gatherer {
  const message: Fields = Object.create(null);
  const calls: Fields[] = [];
  let completion: Fields | undefined;
  let choice: Fields = {};
  let usage: unknown;
  let isSound = true;
  let isOver = false;

  /** `texts` grow; what is said once stays; anything else that is said twice cannot be put together. */
  function grow(onto: Fields, said: JsonRecord, texts: ReadonlySet<string>): void {
    for (const [name, value] of Object.entries(said)) {
      const before = onto[name];
      if (isVoid(before)) {
        if (!isVoid(value) || !(name in onto)) onto[name] = value;
      } else if (typeof before === "string" && typeof value === "string" && texts.has(name))
        onto[name] = before + value;
      else if (!isVoid(value) && value !== before) isSound = false;
    }
  }

  function addCall(delta: JsonRecord): void {
    const { index } = delta;
    if (typeof index !== "number" || index < 0 || index > calls.length) {
      isSound = false;
      return;
    }
    const call: Fields = calls[index] ?? Object.create(null);
    calls[index] = call;
    grow(call, without(delta, ["index", "function"]), NONE);
    if (!isRecord(delta.function)) return;
    const called = (call.function ?? Object.assign(Object.create(null), { arguments: "" })) as Fields;
    call.function = called;
    grow(called, delta.function, ARGUMENTS);
  }

  function addChoice(given: JsonRecord): void {
    // A second choice, or something said after the end.
    if ((given.index ?? 0) !== 0 || !isVoid(choice.finish_reason)) isSound = false;
    const { delta, ...beside } = given;
    choice = { ...choice, ...beside, ...(!isVoid(choice.logprobs) && { logprobs: choice.logprobs }) };
    if (!isRecord(delta)) return;
    for (const call of recordsIn(delta.tool_calls)) addCall(call);
    grow(message, without(delta, ["tool_calls"]), TEXTS);
  }

  return {
    add(event) {
      if (event.data === "[DONE]") {
        isOver = true;
        return;
      }
      const chunk = dataOf(event);
      if (!chunk || event.event === "error" || !isVoid(chunk.error)) {
        isSound = false;
        return;
      }
      completion = { ...completion, ...without(chunk, ["choices", "usage"]) };
      if (isRecord(chunk.usage)) usage = chunk.usage;
      for (const given of recordsIn(chunk.choices)) addChoice(given);
    },
    isOver: () => isOver,
    whole() {
      if (!isSound || !completion || isVoid(choice.finish_reason)) return undefined;
      const said = calls.length > 0 ? { ...message, tool_calls: calls } : message;
      return {
        ...completion,
        object: "chat.completion",
        choices: [{ ...choice, index: 0, message: said }],
        usage,
      };
    },
  };
}

// Which fields grow: of a message, of a call and of its function.
const TEXTS = new Set(["content", "refusal", "reasoning_content", "reasoning"]);
const NONE: ReadonlySet<string> = new Set();
const ARGUMENTS = new Set(["arguments"]);
