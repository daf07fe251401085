/** Turns and templates as people read them: one line each, in the notation of slots. */
import { printExpression } from "./derivation/print.js";
import { type Json, printJson } from "./json.js";
import { escapeControls, plain, printPattern, printSlot, quote } from "./notation.js";
import { partKind } from "./parts/index.js";
import type { Printer } from "./parts/kind.js";
import type { Hole, JsonPattern, ReplyPattern, Slot, TextPattern, TurnPattern } from "./template.js";
import { onePlaceIn } from "./visit.js";

/**
 * A turn pattern on one line: `user: Say hello to {{name:words}}`, `assistant: search(query={{topic}},
 * limit=5)`.
 */
export function printTurnPattern(pattern: TurnPattern<Slot>): string {
  return printTurnWith(pattern, printSlot);
}

/**
 * A reply on one line: `assistant: Hello {{name}}`; hypotheses that must agree stand between `≡`. What is
 * said for each item of a list stands after it: `assistant: each item of {{result.orders}}:
 * cancel(order={{item.id}})`.
 */
export function printReply(pattern: ReplyPattern<Hole>): string {
  return printTurnWith(pattern, (hole) => hole.hypotheses.map(printExpression).join(" ≡ "));
}

function printTurnWith<Place extends object>(
  pattern: ReplyPattern<Place>,
  printPlace: (place: Place) => string,
): string {
  const printer = printerOf(printPlace);
  const parts = pattern.parts.map((part) =>
    part.kind === "each"
      ? `each ${plain(part.item)} of {{${printPlace(part.list)}}}: ${plain(part.tool)}(${printer.args(part.args)})`
      : partKind(part.kind).print(part, printer),
  );
  const role = plain(pattern.role);
  const who = pattern.name === undefined ? role : `${role} ${quote(pattern.name)}`;
  return `${who}: ${parts.join(" ")}`.trimEnd();
}

function printerOf<Place extends object>(
  printPlace: (place: Place) => string,
): Printer<TextPattern<Place>, JsonPattern<Place>> {
  return {
    text: (text) => printPattern(text, printPlace),
    json: (value) => printJsonPattern(value, printPlace),
    args: (value) => printArguments(value, printPlace),
  };
}

function printArguments<Place extends object>(
  pattern: JsonPattern<Place>,
  printPlace: (place: Place) => string,
): string {
  if (pattern.kind === "object")
    return [...pattern.entries]
      .map(([key, item]) => `${plain(key)}=${printJsonPattern(item, printPlace)}`)
      .join(", ");
  if (pattern.kind === "literal" && pattern.value instanceof Map) {
    return [...pattern.value].map(([key, item]) => `${plain(key)}=${printLiteral(item)}`).join(", ");
  }
  return printJsonPattern(pattern, printPlace);
}

function printJsonPattern<Place extends object>(
  pattern: JsonPattern<Place>,
  printPlace: (place: Place) => string,
): string {
  switch (pattern.kind) {
    case "literal":
      return printLiteral(pattern.value);
    case "text":
      return onePlaceIn(pattern.text)
        ? printPattern(pattern.text, printPlace)
        : `"${printPattern(pattern.text, printPlace)}"`;
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
