/** Whether a reply is what the request's schemas ask for. */
import type { Reply } from "reprise";
import * as z from "zod";
import { parseJson } from "./record.js";

/** What a request asks of its reply. */
export interface Schemas {
  /** The offered tools by name; `undefined` where the adapter cannot know them. */
  readonly tools: ReadonlyMap<string, ToolSchema> | undefined;
  /** Present where the text must be JSON; with a schema that it must fit. */
  readonly format: { readonly schema?: unknown } | undefined;
}

/** What a tool takes. */
export interface ToolSchema {
  /** A JSON schema; anything that is no object takes all. */
  readonly parameters: unknown;
  /** The tool passes over arguments that its schema does not name, though the schema forbids them. */
  readonly strips: boolean;
}

/**
 * Whether every tool call names an offered tool and fits its parameters, and a final text fits the response
 * format. `hydrated`: no model gave this very reply. Then a schema that cannot be read is a doubt, and the
 * answer no.
 */
export function fits(reply: Reply, { tools, format }: Schemas, hydrated: boolean): boolean {
  for (const { function: call } of reply.tool_calls ?? []) {
    const args = parseJson(call.arguments);
    if (args === undefined) return false;
    if (tools === undefined) continue;
    const tool = tools.get(call.name);
    if (!tool || !fitsSchema(args.value, tool.parameters, { strips: tool.strips, hydrated })) return false;
  }
  // With calls still to run, the text is not the answer yet.
  if (!format || reply.tool_calls?.length) return true;
  const value = parseJson(replyText(reply));
  return value !== undefined && fitsSchema(value.value, format.schema, { strips: false, hydrated });
}

function replyText({ content }: Reply): string {
  if (typeof content === "string") return content;
  return (content ?? [])
    .map((part) => (part.type === "text" || part.type === "cited-text" ? (part.text ?? "") : ""))
    .join("");
}

function fitsSchema(
  value: unknown,
  schema: unknown,
  { strips, hydrated }: { strips: boolean; hydrated: boolean },
): boolean {
  if (typeof schema !== "object" || schema === null) return true;
  const read = readSchema(schema, strips);
  return read ? read.safeParse(value).success : !hydrated;
}

// Compiling costs far more than a hit, and frameworks hand in a new but equal schema at every step.
const MAX_SCHEMAS = 200;
const schemas = new Map<string, z.ZodType | undefined>();

function readSchema(schema: object, strips: boolean): z.ZodType | undefined {
  const key = `${strips} ${JSON.stringify(schema)}`;
  if (schemas.has(key)) return schemas.get(key);
  const [oldest] = schemas.keys();
  if (schemas.size >= MAX_SCHEMAS && oldest !== undefined) schemas.delete(oldest);
  let read: z.ZodType | undefined;
  try {
    read = z.fromJSONSchema((strips ? open(schema) : schema) as Parameters<typeof z.fromJSONSchema>[0]);
  } catch {
    // `not`, `if`, a reference to another document: zod cannot read them.
  }
  schemas.set(key, read);
  return read;
}

/** A schema that takes further properties wherever it forbade them. */
function open(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(open);
  if (typeof schema !== "object" || schema === null) return schema;
  const entries = Object.entries(schema).filter(
    ([name, value]) => name !== "additionalProperties" || value !== false,
  );
  return Object.fromEntries(entries.map(([name, value]) => [name, open(value)]));
}
