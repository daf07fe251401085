/** The text in the events of Anthropic's Messages. */
import { isRecord } from "../../../adapters/openai/record-of.js";
import type { HookChunk } from "../define.js";
import { type Data, Parts, type Words } from "./words.js";

/** By the type of a delta: the field with its text. */
const DELTAS: Readonly<
  Record<string, { readonly field: string; readonly kind: HookChunk["kind"] } | undefined>
> = {
  text_delta: { field: "text", kind: "text" },
  thinking_delta: { field: "thinking", kind: "reasoning" },
  input_json_delta: { field: "partial_json", kind: "arguments" },
};

/** The deltas of a block by its type, and what of its text may stand in its beginning. */
const BLOCKS: Readonly<Record<string, { readonly delta: string; readonly field?: string } | undefined>> = {
  text: { delta: "text_delta", field: "text" },
  thinking: { delta: "thinking_delta", field: "thinking" },
  tool_use: { delta: "input_json_delta" },
  server_tool_use: { delta: "input_json_delta" },
  mcp_tool_use: { delta: "input_json_delta" },
};

/** For one stream. */
export function messagesWords(): Words {
  const parts = new Parts();
  /** The type of each block's deltas. */
  const types = new Map<string, string>();

  return async (data, say) => {
    const index = String(data.index);
    if (data.type === "content_block_start" && isRecord(data.content_block)) {
      const block = data.content_block as Data;
      const { delta, field } = BLOCKS[String(block.type)] ?? {};
      if (delta === undefined) return [data];
      types.set(index, delta);
      const text = field === undefined ? undefined : block[field];
      const { kind = "text" } = DELTAS[delta] ?? {};
      const part = parts.of(index, kind);
      if (field !== undefined && typeof text === "string") block[field] = await part.say(text, { say });
    }
    if (data.type === "content_block_delta" && isRecord(data.delta)) {
      const delta = data.delta as Data;
      const place = DELTAS[String(delta.type)];
      const text = place && delta[place.field];
      if (!place || typeof text !== "string") return [data];
      types.set(index, String(delta.type));
      delta[place.field] = await parts.of(index, place.kind).say(text, { say });
    }
    if (data.type === "content_block_stop") {
      const type = types.get(index) ?? "";
      const place = DELTAS[type];
      const [part] = parts.open((name) => name === index);
      const rest = place && part ? await part.say("", { say, last: true }) : "";
      if (place && rest !== "")
        return [
          { type: "content_block_delta", index: data.index, delta: { type, [place.field]: rest } },
          data,
        ];
    }
    return [data];
  };
}
