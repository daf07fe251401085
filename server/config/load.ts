/** A configuration file, read: its references resolved, its names and values checked, each fault with its place. */
import { hash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { basename, dirname, resolve } from "node:path";
import {
  type Document,
  isMap,
  isNode,
  isScalar,
  LineCounter,
  type Node,
  parseDocument,
  type Scalar,
  visit,
} from "yaml";
import type { $ZodIssue } from "zod/v4/core";
import { type Config, configSchema } from "./schema.js";

/** What is wrong in a file, and where. Never a value: it may be a secret. */
export interface Fault {
  /** From 1. */
  readonly line: number;
  readonly column: number;
  /** `providers.openai.base_url`; empty for the file as a whole. */
  readonly at: string;
  readonly message: string;
}

/** A file that is refused; the message names each fault as `reprise.yaml:3:5 providers.openai: …`. */
export class BadConfig extends Error {
  override readonly name = "BadConfig";

  constructor(
    file: string,
    readonly faults: readonly Fault[],
  ) {
    super(faults.map((fault) => `${basename(file)}:${told(fault)}`).join("\n"));
  }
}

const told = ({ line, column, at, message }: Fault): string =>
  `${line}:${column} ${at === "" ? "" : `${at}: `}${message}`;

/** A file that is sound. */
export interface LoadedConfig {
  readonly config: Config;
  /** The file itself and those that it names by `file:`, each with the digest of what was read. */
  readonly files: ReadonlyMap<string, string>;
  /** Whether the file itself says something at a place: `says("listen", "port")`. */
  says(...path: string[]): boolean;
}

/** What references mean. */
export interface References {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The text of a file; rejects where there is none. */
  readonly read: (path: string) => Promise<string>;
}

/** The process's own environment and files. */
export const SURROUNDINGS: References = { env: process.env, read: (path) => readFile(path, "utf8") };

/** What tells one text of a file from another. */
export const digestOf = (text: string): string => hash("sha256", text, "base64url");

/** Reads a file. Rejects with `BadConfig`. */
export async function loadConfig(path: string, references: References = SURROUNDINGS): Promise<LoadedConfig> {
  let text: string;
  try {
    text = await references.read(path);
  } catch {
    throw new BadConfig(path, [{ line: 1, column: 1, at: "", message: "cannot be read" }]);
  }
  return parseConfig(text, path, references);
}

// More is no configuration: a few lines may stand for gigabytes by aliases.
const MAX_TEXT = 1024 * 1024;

/** Reads the text of a file that stands at `path`. Rejects with `BadConfig`. */
export async function parseConfig(
  text: string,
  path: string,
  references: References = SURROUNDINGS,
): Promise<LoadedConfig> {
  const lines = new LineCounter();
  const refused = (faults: readonly Fault[]): BadConfig => new BadConfig(path, faults);
  if (text.length > MAX_TEXT)
    throw refused([{ line: 1, column: 1, at: "", message: "is longer than a megabyte" }]);
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, stringKeys: true });
  const place = (offset: number): Pick<Fault, "line" | "column"> => {
    const { line, col } = lines.linePos(Math.min(offset, text.length));
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  // What comes after the first fault mostly follows from it.
  const [broken] = document.errors;
  if (broken)
    throw refused([{ ...place(broken.pos[0]), at: "", message: `is no YAML: ${spelt(broken.code)}` }]);

  const files = new Map([[path, digestOf(text)]]);
  const faults: Fault[] = [];
  const referring = new Set<Scalar>();
  const scalars: Scalar<string>[] = [];
  visit(document, {
    Scalar(key, node) {
      if (key !== "key" && typeof node.value === "string") scalars.push(node as Scalar<string>);
    },
  });
  for (const node of scalars) {
    const resolved = await resolveText(node.value, { folder: dirname(path), references, files });
    if ("fault" in resolved) faults.push({ ...place(node.range?.[0] ?? 0), at: "", message: resolved.fault });
    else {
      if (resolved.text !== node.value) referring.add(node);
      node.value = resolved.text;
    }
  }
  if (faults.length > 0) throw refused(faults);

  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 100 }) ?? {};
  } catch {
    throw refused([{ line: 1, column: 1, at: "", message: "its aliases cannot be followed" }]);
  }
  let parsed = configSchema.safeParse(value);
  if (!parsed.success && retyped(document, parsed.error.issues, referring))
    parsed = configSchema.safeParse(document.toJS({ maxAliasCount: 100 }));
  if (!parsed.success) {
    const found = parsed.error.issues.flatMap(innermost).flatMap((issue) => faultsOf(issue, document, place));
    throw refused(found.sort((left, right) => left.line - right.line || left.column - right.column));
  }
  return { config: parsed.data, files, says: (...names) => document.hasIn(names) };
}

const REFERENCE = /\$(\$?)\{([^}]*)\}/g;

/** A text with what it refers to: `${NAME}` of the environment, or all of it `file:PATH`. `$${` stands for `${`. */
async function resolveText(
  text: string,
  { folder, references, files }: { folder: string; references: References; files: Map<string, string> },
): Promise<{ readonly text: string } | { readonly fault: string }> {
  if (text.startsWith("file:")) {
    const path = resolve(folder, text.slice("file:".length));
    try {
      const held = await references.read(path);
      files.set(path, digestOf(held));
      return { text: held.replace(/\r?\n$/, "") };
    } catch {
      return { fault: `the file ${JSON.stringify(text.slice("file:".length))} cannot be read` };
    }
  }
  let fault: string | undefined;
  const resolved = text.replace(REFERENCE, (whole, escaped: string, name: string) => {
    if (escaped !== "") return whole.slice(1);
    const value = Object.hasOwn(references.env, name) ? references.env[name] : undefined;
    if (value === undefined || value === "")
      fault ??= /^\w+$/.test(name)
        ? `the environment has no ${name}`
        : `a reference to the environment is written \${NAME}`;
    return value ?? "";
  });
  return fault === undefined ? { text: resolved } : { fault };
}

/** Where a number or a switch is expected and a reference gave a text, it is read as one. Whether any was. */
function retyped(document: Document, issues: readonly $ZodIssue[], referring: ReadonlySet<Scalar>): boolean {
  let isAny = false;
  for (const issue of issues) {
    const node = issue.code === "invalid_type" ? document.getIn(issue.path, true) : undefined;
    if (issue.code !== "invalid_type" || !isScalar(node) || !referring.has(node)) continue;
    const text = String(node.value);
    const value =
      issue.expected === "boolean" && /^(?:true|false)$/.test(text)
        ? text === "true"
        : (issue.expected === "number" || issue.expected === "int") && /^-?\d+(?:\.\d+)?$/.test(text)
          ? Number(text)
          : undefined;
    if (value === undefined) continue;
    node.value = value;
    isAny = true;
  }
  return isAny;
}

/** Of a value that fits none of several shapes, what is wrong with the one that it comes nearest to. */
function innermost(issue: $ZodIssue): $ZodIssue[] {
  if (issue.code !== "invalid_union") return [issue];
  const variants = issue.errors.map((each) =>
    each.map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] }) as $ZodIssue),
  );
  const nearest = variants.find((each) =>
    each.every(({ path, code }) => path.length > issue.path.length || code === "unrecognized_keys"),
  );
  return nearest ? nearest.flatMap(innermost) : [issue];
}

type Place = (offset: number) => Pick<Fault, "line" | "column">;

function faultsOf(issue: $ZodIssue, document: Document, place: Place): Fault[] {
  const path = issue.path.map(String);
  if (issue.code === "unrecognized_keys") {
    const parent = nodeAt(document, path);
    return issue.keys.map((key) => {
      const pair = isMap(parent)
        ? parent.items.find(({ key: name }) => isScalar(name) && name.value === key)
        : undefined;
      const offset = isNode(pair?.key) ? pair.key.range?.[0] : parent?.range?.[0];
      return { ...place(offset ?? 0), at: path.join("."), message: `unknown name ${JSON.stringify(key)}` };
    });
  }
  const message =
    issue.code === "invalid_key" ? (issue.issues[0]?.message ?? "its name is wrong") : issue.message;
  return [{ ...place(nodeAt(document, path)?.range?.[0] ?? 0), at: path.join("."), message }];
}

/** The node at a path, or the nearest one around it where there is none. */
function nodeAt(document: Document, path: readonly string[]): Node | undefined {
  for (let length = path.length; length > 0; length--) {
    const node = document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return node;
  }
  return document.contents ?? undefined;
}

const spelt = (code: string): string => code.toLowerCase().replaceAll("_", " ");
