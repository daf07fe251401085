/** Whether a reply is what the caller's response format asks for. */
import type { LanguageModelV4CallOptions } from "@ai-sdk/provider";
import type { Reply } from "reprise";
import { type ZodType, z } from "zod";

type ResponseFormat = LanguageModelV4CallOptions["responseFormat"];

/**
 * Whether a reply fits the format: without a JSON format, or with tool calls still to run, every reply does; otherwise its
 * text must parse, and fit the schema if there is one. `hydrated` says that no model gave this very reply: then a schema
 * that cannot be checked is a doubt, and the answer no.
 */
export type FormatCheck = (reply: Reply, format: ResponseFormat, hydrated?: boolean) => boolean;

/** A format check that remembers the schemas it has read. */
export function createFormatCheck(): FormatCheck {
  const readSchema = createSchemaReader();
  return (reply, format, hydrated = false) => {
    if (format?.type !== "json" || reply.tool_calls?.length) return true;
    let value: unknown;
    try {
      value = JSON.parse(replyText(reply));
    } catch {
      return false;
    }
    if (format.schema === undefined) return true;
    const schema = readSchema(format.schema);
    return schema ? schema.safeParse(value).success : !hydrated;
  };
}

function replyText({ content }: Reply): string {
  if (typeof content === "string") return content;
  return (content ?? [])
    .filter(({ type }) => type === "text" || type === "cited-text")
    .map(({ text }) => text ?? "")
    .join("");
}

type JsonSchema = Parameters<typeof z.fromJSONSchema>[0];

// Compiling costs far more than a hit, and the SDK hands in a new but equal schema object at every step.
const MAX_SCHEMAS = 100;

function createSchemaReader(): (schema: unknown) => ZodType | undefined {
  const schemas = new Map<string, ZodType | undefined>();
  return (schema) => {
    const key = JSON.stringify(schema);
    if (schemas.has(key)) return schemas.get(key);
    let read: ZodType | undefined;
    try {
      read = z.fromJSONSchema(schema as JsonSchema);
    } catch {
      // `not`, `if`, a reference to another document: zod cannot read them.
    }
    const [oldest] = schemas.keys();
    if (schemas.size >= MAX_SCHEMAS && oldest !== undefined) schemas.delete(oldest);
    schemas.set(key, read);
    return read;
  };
}
