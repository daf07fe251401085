/** The text in the events of the Responses API, which says all of it again at the end of each part, item and reply. */
import { isRecord, recordsIn } from "../../../adapters/openai/record-of.js";
import type { HookChunk } from "../define.js";
import { type Data, Parts, type Say, type Words } from "./words.js";

/** By the middle of an event's name: the field that has the whole text at the end. */
const TEXTS: Readonly<
  Record<string, { readonly field: string; readonly kind: HookChunk["kind"] } | undefined>
> = {
  output_text: { field: "text", kind: "text" },
  refusal: { field: "refusal", kind: "text" },
  reasoning_text: { field: "text", kind: "reasoning" },
  reasoning_summary_text: { field: "text", kind: "reasoning" },
  function_call_arguments: { field: "arguments", kind: "arguments" },
  mcp_call_arguments: { field: "arguments", kind: "arguments" },
  custom_tool_call_input: { field: "input", kind: "arguments" },
  code_interpreter_call_code: { field: "code", kind: "arguments" },
};

/** The lists of an item that have parts of their own, by the text of each. */
const LISTS = { content: "content_index", summary: "summary_index" } as const;

/** Which fields of an item hold text. */
const OF_ITEMS = ["arguments", "input", "code"] as const;

/** For one stream. */
export function responsesWords(): Words {
  const parts = new Parts();
  // Events are numbered; those that are put between shift the numbers of all behind them.
  let shift = 0;

  /** A text that is said as a whole: what was sent of it, or, if no piece of it has come by, what hooks make of it. */
  async function whole(
    name: string,
    kind: HookChunk["kind"],
    given: { text: string; say: Say },
  ): Promise<string> {
    const part = parts.of(name, kind);
    if (!part.isOver) await part.say(part.hasBegun ? "" : given.text, { say: given.say, last: true });
    return part.sent;
  }

  async function settlePart(part: Data, name: string, say: Say): Promise<void> {
    for (const field of ["text", "refusal"]) {
      const text = part[field];
      if (typeof text !== "string") continue;
      const kind = /reasoning|summary/.test(String(part.type)) ? "reasoning" : "text";
      part[field] = await whole(name, kind, { text, say });
      if (part[field] !== text && Array.isArray(part.logprobs)) part.logprobs = [];
    }
  }

  async function settleItem(item: Data, at: unknown, say: Say): Promise<void> {
    for (const [list, index] of Object.entries(LISTS))
      for (const [number, part] of (recordsIn(item[list]) as Data[]).entries())
        await settlePart(part, nameOf({ output_index: at, [index]: number }), say);
    for (const field of OF_ITEMS) {
      const text = item[field];
      if (typeof text === "string")
        item[field] = await whole(nameOf({ output_index: at }), "arguments", { text, say });
    }
  }

  async function settle(data: Data, say: Say): Promise<Data[]> {
    const [, middle = "", end] = /^response\.(\w+)\.(delta|done)$/.exec(String(data.type)) ?? [];
    const found = Object.hasOwn(TEXTS, middle) ? TEXTS[middle] : undefined;
    if (found && end === "delta" && typeof data.delta === "string") {
      const { delta } = data;
      data.delta = await parts.of(nameOf(data), found.kind).say(delta, { say });
      if (data.delta !== delta && Array.isArray(data.logprobs)) data.logprobs = [];
      return [data];
    }
    if (found && end === "done" && typeof data[found.field] === "string") {
      const text = String(data[found.field]);
      const { sent } = parts.of(nameOf(data), found.kind);
      const said = await whole(nameOf(data), found.kind, { text, say });
      data[found.field] = said;
      if (said !== text && Array.isArray(data.logprobs)) data.logprobs = [];
      if (said === sent) return [data];
      const { [found.field]: _text, logprobs, name: _name, ...rest } = data;
      const delta = { ...rest, type: `response.${middle}.delta`, delta: said.slice(sent.length) };
      return [{ ...delta, ...(logprobs !== undefined && { logprobs: [] }) }, data];
    }
    if (isRecord(data.part) && /\.done$/.test(String(data.type)))
      await settlePart(data.part as Data, nameOf(data), say);
    if (data.type === "response.output_item.done" && isRecord(data.item))
      await settleItem(data.item as Data, data.output_index, say);
    if (/^response\.(?:completed|incomplete|failed)$/.test(String(data.type)) && isRecord(data.response))
      for (const [index, item] of (recordsIn(data.response.output) as Data[]).entries())
        await settleItem(item, index, say);
    return [data];
  }

  return async (data, say) => {
    const first = data.sequence_number;
    const events = await settle(data, say);
    if (typeof first !== "number") return events;
    const numbered = events.map((event, index) => ({ ...event, sequence_number: first + shift + index }));
    shift += events.length - 1;
    return numbered;
  };
}

/** The part that an event speaks of. */
const nameOf = ({ output_index: item, content_index: content, summary_index: summary }: Data): string =>
  [
    item ?? 0,
    content === undefined ? "" : `content ${String(content)}`,
    summary === undefined ? "" : `summary ${String(summary)}`,
  ]
    .filter((each) => each !== "")
    .join(" ");
