/** Whether two replies say and do the same, ids apart. */
import type { Reply } from "reprise";

/**
 * Compares text, parts and tool calls; arguments as JSON, so their spacing and the order of their keys do not
 * count.
 */
export function sameReply(one: Reply, other: Reply): boolean {
  return canonical(essence(one)) === canonical(essence(other));
}

function essence({ content, tool_calls }: Reply): unknown {
  const parts = typeof content === "string" ? [{ type: "text", text: content }] : (content ?? []);
  const calls = (tool_calls ?? []).map(({ function: called }) => [called.name, parse(called.arguments)]);
  return [parts.filter((part) => part.type !== "text" || part.text !== ""), calls];
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_name, item: unknown) => {
    if (typeof item !== "object" || item === null || Array.isArray(item)) return item;
    return Object.fromEntries(Object.entries(item).sort(([left], [right]) => (left < right ? -1 : 1)));
  });
}
