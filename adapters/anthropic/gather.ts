/** How the events of a stream are put together into the message that a plain call would have had. */
import { parseJson } from "reprise";
import { dataOf, type Gatherer } from "../openai/api.js";
import { toJavaScript } from "../openai/body.js";
import { isRecord, isVoid, type JsonRecord, without } from "../openai/record-of.js";

/** A block in the making: `json` is what was said so far of a call's input. */
interface Growing {
  block: JsonRecord;
  json: string;
  isOpen: boolean;
}

/** A gatherer for one stream. */
export function gather(): Gatherer {
  const blocks: Growing[] = [];
  let message: JsonRecord | undefined;
  let isSound = true;
  let isOver = false;

  function grow({ index, delta }: JsonRecord): void {
    const growing = blocks[Number(index)];
    const grown = growing?.isOpen && isRecord(delta) ? grownBy(growing, delta) : undefined;
    if (!growing || !grown) isSound = false;
    else blocks[Number(index)] = grown;
  }

  function take(data: JsonRecord): void {
    switch (data.type) {
      case "message_start":
        if (message || !isRecord(data.message)) isSound = false;
        else message = data.message;
        return;
      case "content_block_start":
        if (data.index !== blocks.length || !isRecord(data.content_block)) isSound = false;
        else blocks.push({ block: data.content_block, json: "", isOpen: true });
        return;
      case "content_block_delta":
        grow(data);
        return;
      case "content_block_stop": {
        const growing = blocks[Number(data.index)];
        if (!growing?.isOpen) isSound = false;
        else growing.isOpen = false;
        return;
      }
      case "message_delta":
        message = ended(message, data);
        return;
      case "message_stop":
        isOver = true;
        return;
      case "error":
        isSound = false;
        return;
      default:
      // `ping`, and what is to come: what changes a reply is a delta.
    }
  }

  return {
    add(event) {
      // It is recorded as soon as it has said that this is its end.
      if (isOver) return;
      const data = dataOf(event);
      if (!data || event.event === "error" || !isVoid(data.error)) isSound = false;
      else take(data);
    },
    isOver: () => isOver,
    whole() {
      if (!isSound || !isOver || !message || blocks.some(({ isOpen }) => isOpen)) return undefined;
      return { ...message, content: blocks.map(wholeBlock) };
    },
  };
}

/** What a message says at its end goes before what it said at its start. */
function ended(
  message: JsonRecord | undefined,
  { delta, usage, type: _type, ...more }: JsonRecord,
): JsonRecord {
  const before = isRecord(message?.usage) ? message.usage : {};
  const counted = Object.entries(isRecord(usage) ? usage : {}).filter(([, value]) => !isVoid(value));
  return {
    ...message,
    ...more,
    ...(isRecord(delta) && delta),
    usage: { ...before, ...Object.fromEntries(counted) },
  };
}

/** A block and what is said next in it; `undefined` for what cannot be put together. */
function grownBy(growing: Growing, delta: JsonRecord): Growing | undefined {
  const { block, json } = growing;
  const longer = (name: string): Growing | undefined => {
    const before = block[name] ?? "";
    const more = delta[name];
    if (typeof before !== "string" || typeof more !== "string") return undefined;
    return { ...growing, block: { ...block, [name]: before + more } };
  };
  switch (`${String(block.type)} ${String(delta.type)}`) {
    case "text text_delta":
      return longer("text");
    case "thinking thinking_delta":
      return longer("thinking");
    case "thinking signature_delta":
      return { ...growing, block: { ...block, signature: delta.signature } };
    case "text citations_delta": {
      const before = Array.isArray(block.citations) ? (block.citations as unknown[]) : [];
      return { ...growing, block: { ...block, citations: [...before, delta.citation] } };
    }
    default:
      // Tools that the provider runs are given their input in the same way.
      return delta.type === "input_json_delta" && typeof delta.partial_json === "string" && "input" in block
        ? { ...growing, json: json + delta.partial_json }
        : undefined;
  }
}

/** A block with the input of its call; what is no JSON stays a text, and is not learned. */
function wholeBlock({ block, json }: Growing): JsonRecord {
  if (json === "") return block;
  const parsed = parseJson(json);
  return { ...without(block, ["input"]), input: parsed.ok ? toJavaScript(parsed.value) : json };
}
