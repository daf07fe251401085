/** The text in the chunks of Chat Completions. */
import { recordsIn } from "../../../adapters/openai/record-of.js";
import type { HookChunk } from "../define.js";
import { type Data, type Part, Parts, type Words } from "./words.js";

const FIELDS: Readonly<Record<string, HookChunk["kind"]>> = {
  content: "text",
  refusal: "text",
  reasoning_content: "reasoning",
  reasoning: "reasoning",
};

/** A field of a delta, or a call's arguments. */
interface Place {
  readonly part: Part;
  readonly text: string;
  put(text: string): void;
}

/** For one stream. */
export function chatWords(): Words {
  const parts = new Parts();

  function placesIn(choice: Data): Place[] {
    const delta = (choice.delta ?? {}) as Data;
    const texts = Object.entries(FIELDS).flatMap(([field, kind]) => {
      const text = delta[field];
      return typeof text !== "string"
        ? []
        : [
            {
              part: parts.of(nameOf(choice, field), kind),
              text,
              put(said: string) {
                // Word for word, they would tell what was said before.
                if (said !== text && choice.logprobs) choice.logprobs = null;
                delta[field] = said;
              },
            },
          ];
    });
    const calls = recordsIn(delta.tool_calls).flatMap((call) => {
      const called = call.function as Data | undefined;
      const text = called?.arguments;
      return typeof text !== "string" || !called
        ? []
        : [
            {
              part: parts.of(nameOf(choice, `call ${String(call.index)}`), "arguments" as const),
              text,
              put(said: string) {
                called.arguments = said;
              },
            },
          ];
    });
    return [...texts, ...calls];
  }

  return async (data, say) => {
    const before: Data[] = [];
    for (const choice of recordsIn(data.choices) as Data[]) {
      const isLast = typeof choice.finish_reason === "string";
      const places = placesIn(choice);
      for (const { part, text, put } of places) put(await part.say(text, { say, last: isLast }));
      if (!isLast) continue;
      for (const part of parts.open((name) => name.startsWith(`${String(choice.index ?? 0)} `))) {
        const rest = await part.say("", { say, last: true });
        if (rest !== "") before.push(chunkWith(data, choice, deltaOf(part.name, rest)));
      }
    }
    return [...before, data];
  };
}

const nameOf = ({ index = 0 }: Data, field: string): string => `${String(index)} ${field}`;

/** What a part that was kept back says at its end. */
function deltaOf(name: string, text: string): Data {
  const [, field = "", index] = name.split(" ");
  return field === "call"
    ? { tool_calls: [{ index: Number(index), function: { arguments: text } }] }
    : { [field]: text };
}

function chunkWith({ usage, ...data }: Data, { index = 0 }: Data, delta: Data): Data {
  return {
    ...data,
    ...(usage !== undefined && { usage: null }),
    choices: [{ index, delta, logprobs: null, finish_reason: null }],
  };
}
