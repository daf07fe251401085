/** The schema of the configuration as others read it: JSON Schema for editors, and a table for people. */
import * as z from "zod";
import { configSchema } from "./schema.js";

/** The JSON Schema (draft 2020-12) of a file. */
export function configJsonSchema(): Record<string, unknown> {
  return { ...z.toJSONSchema(configSchema, { io: "input", unrepresentable: "any" }), title: "reprise.yaml" };
}

interface Shape {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly additionalProperties?: Shape | boolean;
  readonly items?: Shape;
  readonly anyOf?: readonly Shape[];
  readonly oneOf?: readonly Shape[];
  readonly required?: readonly string[];
}

/** A table in Markdown: each name, what it holds, what holds without it, and what it is for. */
export function configTable(): string {
  const rows = rowsOf("", configJsonSchema() as Shape);
  return ["| name | is | without it | what for |", "|---|---|---|---|", ...rows].join("\n");
}

function rowsOf(prefix: string, shape: Shape): string[] {
  const { properties = {}, required = [] } = shape;
  return Object.entries(properties).flatMap(([name, inner]) => {
    const path = prefix === "" ? name : `${prefix}.${name}`;
    const absent = required.includes(name)
      ? "needed"
      : inner.default === undefined
        ? "–"
        : shown(inner.default);
    const nested = nestedRows(path, inner);
    const isHeading = nested.length > 0 && inner.description === undefined;
    const row = `| \`${path}\` | ${typeOf(inner)} | ${isHeading ? "–" : absent} | ${(inner.description ?? "").replaceAll("|", "\\|")} |`;
    return isHeading && typeOf(inner) === "section" ? nested : [row, ...nested];
  });
}

function nestedRows(path: string, shape: Shape): string[] {
  if (shape.properties) return rowsOf(path, shape);
  if (shape.items) return nestedRows(`${path}[]`, shape.items);
  if (typeof shape.additionalProperties === "object")
    return nestedRows(`${path}.NAME`, shape.additionalProperties);
  return (shape.anyOf ?? shape.oneOf ?? []).flatMap((each) => nestedRows(path, each));
}

function typeOf(shape: Shape): string {
  const { type, items, additionalProperties, anyOf, oneOf } = shape;
  if (shape.enum) return shape.enum.map((value) => `\`${String(value)}\``).join(", ");
  if (shape.const !== undefined) return `\`${String(shape.const)}\``;
  const variants = anyOf ?? oneOf;
  if (variants) return [...new Set(variants.map(typeOf))].join(" or ");
  if (type === "array") return items ? `list of ${typeOf(items)}` : "list";
  if (type === "object") return typeof additionalProperties === "object" ? "by name" : "section";
  return (
    { string: "text", integer: "whole number", boolean: "true or false" }[type ?? ""] ?? type ?? "anything"
  );
}

const shown = (value: unknown): string => `\`${JSON.stringify(value)}\``;
