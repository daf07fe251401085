/** Whether a reply is what the request's schemas ask for. */
import { Validator } from "@langchain/core/utils/json_schema";
import type { Reply } from "reprise";
import { isRecord } from "./plain.js";
import type { CallScope } from "./scope.js";

/**
 * Whether every tool call names an offered tool and fits its parameters, and a final text fits the response format. A schema
 * that cannot be read fits nothing: a doubt is a miss.
 */
export function fitsRequest(reply: Reply, { tools, settings }: CallScope): boolean {
  for (const { function: call } of reply.tool_calls ?? []) {
    const args = parse(call.arguments);
    if (args === undefined) return false;
    if (tools === undefined) continue; // some models keep their bound tools to themselves
    const tool = tools.find((offered) => offered.function?.name === call.name);
    if (!tool || !fits(args.value, tool.function?.parameters)) return false;
  }
  return reply.tool_calls?.length ? true : fitsFormat(reply, settings?.response_format);
}

function fitsFormat(reply: Reply, format: unknown): boolean {
  if (!isRecord(format) || (format.type !== "json_schema" && format.type !== "json_object")) return true;
  const value = parse(replyText(reply));
  if (value === undefined) return false;
  const { json_schema: asked } = format;
  return !isRecord(asked) || fits(value.value, asked.schema);
}

function replyText({ content }: Reply): string {
  if (typeof content === "string") return content;
  return (content ?? []).map((part) => (part.type === "text" || part.type === "cited-text" ? (part.text ?? "") : "")).join("");
}

function parse(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

// Agents hand in a new but equal schema at every step.
const MAX_VALIDATORS = 200;
const validators = new Map<string, Validator>();

function fits(value: unknown, schema: unknown): boolean {
  if (!isRecord(schema)) return true;
  try {
    const key = JSON.stringify(schema);
    let validator = validators.get(key);
    if (!validator) {
      validator = new Validator(schema as ConstructorParameters<typeof Validator>[0]);
      const [oldest] = validators.keys();
      if (validators.size >= MAX_VALIDATORS && oldest !== undefined) validators.delete(oldest);
      validators.set(key, validator);
    }
    return validator.validate(value).valid;
  } catch {
    return false;
  }
}
