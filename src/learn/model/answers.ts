/** What each agent may answer: a schema each, by which the core checks what a model says. */
import * as z from "zod";
import type { Agent } from "./model.js";

// What a model is not believed to have meant.
const MAX_SPANS = 64;
const MAX_TEXT = 4_000;
const MAX_NAME = 64;
const MAX_ROWS = 200;
const MAX_EXPRESSION = 2_000;

const text = z.string().max(MAX_TEXT);
const name = z.string().min(1).max(MAX_NAME);
const span = z.strictObject({
  at: z.string().max(300),
  text: z.string().min(1).max(MAX_TEXT),
  nth: z.number().int().min(1).max(10_000),
  use: z.enum(["data", "noise"]),
});
const spans = z.array(span).max(MAX_SPANS);

const SCHEMAS = {
  identify: z.strictObject({ spans }),
  merge: z.strictObject({ together: z.array(z.number().int().min(0).max(16)).max(16), spans }),
  name: z.strictObject({
    names: z.array(z.strictObject({ span: z.number().int().min(0).max(MAX_SPANS), name })).max(MAX_SPANS),
  }),
  arrange: z.strictObject({
    depends: z.array(z.strictObject({ variable: name, on: z.array(name).max(MAX_SPANS) })).max(MAX_SPANS),
    entry: name.nullable(),
  }),
  derive: z.strictObject({
    derivations: z
      .array(
        z.strictObject({
          variable: name,
          expression: z.string().max(MAX_EXPRESSION).nullable(),
          table: z
            .strictObject({
              of: name,
              rows: z.array(z.strictObject({ key: text, value: text })).max(MAX_ROWS),
            })
            .nullable(),
        }),
      )
      .max(MAX_SPANS),
    conditions: z.array(z.string().max(MAX_EXPRESSION)).max(8),
  }),
  weigh: z.strictObject({
    verdicts: z.array(z.strictObject({ variable: name, decides: z.boolean() })).max(MAX_SPANS),
  }),
} satisfies Record<Agent, z.ZodType>;

/** What an agent answers. */
export type Answered<Of extends Agent> = z.output<(typeof SCHEMAS)[Of]>;

/** A stretch as an agent names it: the `nth` time that a text stands at a place, from 1. */
export type NamedSpan = z.output<typeof span>;

/**
 * The JSON Schema of an agent's answer. Without bounds on lengths and numbers, which some providers refuse in
 * strict schemas: `readAnswer` looks at them.
 */
export function schemaOf(agent: Agent): Readonly<Record<string, unknown>> {
  return unbounded(z.toJSONSchema(SCHEMAS[agent])) as Record<string, unknown>;
}

const BOUNDS = new Set(["$schema", "minLength", "maxLength", "minItems", "maxItems", "minimum", "maximum"]);

function unbounded(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(unbounded);
  if (typeof schema !== "object" || schema === null) return schema;
  return Object.fromEntries(
    Object.entries(schema).flatMap(([key, value]) => (BOUNDS.has(key) ? [] : [[key, unbounded(value)]])),
  );
}

/** Reads an answer; a text says what is wrong with it, without quoting what it holds. */
export function readAnswer<Of extends Agent>(agent: Of, value: unknown): Answered<Of> | string {
  const read = SCHEMAS[agent].safeParse(value);
  if (read.success) return read.data as Answered<Of>;
  const [issue] = read.error.issues;
  return `${issue?.path.join(".") || "the answer"}: ${issue?.message ?? "not of the schema"}`;
}
