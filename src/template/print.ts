/** Turns and templates as people read them: one line each, in the notation of slots. */
import { printExpression } from "./derivation/print.js";
import { type Json, printJson } from "./json.js";
import { escapeControls, printPattern, printSlot, quote } from "./notation.js";
import type { EachPattern, Hole, JsonPattern, PartPattern, ReplyPattern, Slot, TextPattern, TurnPattern } from "./template.js";

/** A turn pattern on one line: `user: Say hello to {{name:words}}`, `assistant: search(query={{topic}}, limit=5)`. */
export function printTurnPattern(pattern: TurnPattern<Slot>): string {
  return printTurnWith(pattern, printSlot);
}

/**
 * A reply on one line: `assistant: Hello {{name}}`; hypotheses that must agree stand between `≡`. What is said for each
 * item of a list stands after it: `assistant: each item of {{result.orders}}: cancel(order={{item.id}})`.
 */
export function printReply(pattern: ReplyPattern<Hole>): string {
  return printTurnWith(pattern, (hole) => hole.hypotheses.map(printExpression).join(" ≡ "));
}

function printTurnWith<Place extends object>(pattern: ReplyPattern<Place>, printPlace: (place: Place) => string): string {
  const parts = pattern.parts.map((part) => printPart(part, printPlace));
  const role = plain(pattern.role);
  const who = pattern.name === undefined ? role : `${role} ${quote(pattern.name)}`;
  return `${who}: ${parts.join(" ")}`.trimEnd();
}

function printPart<Place extends object>(part: PartPattern<Place> | EachPattern<Place>, printPlace: (place: Place) => string): string {
  switch (part.kind) {
    case "text":
      return printPattern(part.text, printPlace);
    case "reasoning":
    case "refusal":
      return `[${part.kind}: ${printPattern(part.text, printPlace)}]`;
    case "json":
      return printJsonPattern(part.value, printPlace);
    case "each":
      return `each ${plain(part.item)} of {{${printPlace(part.list)}}}: ${plain(part.tool)}(${printArguments(part.args, printPlace)})`;
    case "call":
      return `${plain(part.tool)}(${printArguments(part.args, printPlace)})`;
    case "result":
      return `${part.call < 0 ? "" : `#${part.call} `}${part.error ? "failed " : ""}→`;
    case "opaque":
      return `[${plain(part.type)} ${part.digest.slice(0, 8)}]`;
  }
}

function printArguments<Place extends object>(pattern: JsonPattern<Place>, printPlace: (place: Place) => string): string {
  if (pattern.kind === "object")
    return [...pattern.entries].map(([key, item]) => `${plain(key)}=${printJsonPattern(item, printPlace)}`).join(", ");
  if (pattern.kind === "literal" && pattern.value instanceof Map) {
    return [...pattern.value].map(([key, item]) => `${plain(key)}=${printLiteral(item)}`).join(", ");
  }
  return printJsonPattern(pattern, printPlace);
}

function printJsonPattern<Place extends object>(pattern: JsonPattern<Place>, printPlace: (place: Place) => string): string {
  switch (pattern.kind) {
    case "literal":
      return printLiteral(pattern.value);
    case "text":
      return isOnePlace(pattern.text) ? printPattern(pattern.text, printPlace) : `"${printPattern(pattern.text, printPlace)}"`;
    case "value":
      return `{{${printPlace(pattern.place)}}}`;
    case "array":
      return `[${pattern.items.map((item) => printJsonPattern(item, printPlace)).join(", ")}]`;
    case "object":
      return `{${[...pattern.entries].map(([key, item]) => `${quote(key)}: ${printJsonPattern(item, printPlace)}`).join(", ")}}`;
  }
}

/** A literal whose `{{` cannot be taken for a place. */
function printLiteral(value: Json): string {
  return escapeControls(printJson(value)).replace(/\{(?=\{)/g, "\\u007b");
}

/** A name as it is where it is plain, quoted where it could be taken for something else. */
function plain(name: string): string {
  return /^[^\s"'(){}=,:]+(?: [^\s"'(){}=,:]+)*$/u.test(name) && name.isWellFormed() && escapeControls(name) === name ? name : quote(name);
}

function isOnePlace(pattern: TextPattern<object>): boolean {
  return pattern.length === 1 && typeof pattern[0] === "object";
}
