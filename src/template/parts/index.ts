/** The kinds of message part, and what every stage asks of a part without knowing its kind. */
import type { ContentPart, RefusalReason } from "../../types.js";
import type { Part, PartName, PartOf } from "../turn.js";
import { CALL } from "./call.js";
import { JSON_RESULT } from "./json.js";
import { type Change, type Comparison, type Draft, type PartKind, sized, type Visitor } from "./kind.js";
import { OPAQUE } from "./opaque.js";
import { REASONING } from "./reasoning.js";
import { REFUSAL } from "./refusal.js";
import { RESULT } from "./result.js";
import { TEXT } from "./text.js";

const PARTS: { readonly [Kind in PartName]: PartKind<Kind> } = {
  text: TEXT,
  reasoning: REASONING,
  refusal: REFUSAL,
  json: JSON_RESULT,
  call: CALL,
  result: RESULT,
  opaque: OPAQUE,
};

/** Every kind of part. */
export const PART_NAMES = Object.keys(PARTS) as readonly PartName[];

/** The verbs of a kind. */
export function partKind<Kind extends PartName>(kind: Kind): PartKind<Kind> {
  return PARTS[kind];
}

/** Whether a text names a kind of part. */
export function isPartName(name: unknown): name is PartName {
  return typeof name === "string" && Object.hasOwn(PARTS, name);
}

/** Whether two parts are of one kind and differ, if at all, in what they hold. */
export function alike(left: PartOf<unknown, unknown>, right: PartOf<unknown, unknown>): boolean {
  return left.kind === right.kind && partKind(left.kind).alike(left, right);
}

/** Hands over what a part holds. */
export function visit<Text, Value, With, Result>(
  part: PartOf<Text, Value>,
  visitor: Visitor<Text, Value, With, Result>,
  context: With,
): Result {
  const { text, json } = partKind(part.kind);
  if (text) return visitor.text(text(part), context);
  return json ? visitor.json(json(part), context) : visitor.nothing;
}

/** A comparison of two parts, as a function that is made once for all. */
export function comparing<Left, LeftValue, Right, RightValue, With, Result>(
  how: Comparison<Left, LeftValue, Right, RightValue, With, Result>,
): (left: PartOf<Left, LeftValue>, right: PartOf<Right, RightValue>, context: With) => Result {
  return (left, right, context) => {
    if (!alike(left, right)) return how.unlike;
    const { text, json } = partKind(left.kind);
    if (text) return how.text(text(left), text(right), context);
    return json ? how.json(json(left), json(right), context) : how.nothing;
  };
}

/** A part with what it holds changed. */
export function mapPart<Text, Value, NewText, NewValue>(
  part: PartOf<Text, Value>,
  change: Change<Text, Value, NewText, NewValue>,
): PartOf<NewText, NewValue> {
  return partKind(part.kind).map(part, change);
}

/** The same where a change may come to nothing: then there is no part. */
export function mapPartIfAll<Text, Value, NewText, NewValue>(
  part: PartOf<Text, Value>,
  change: Change<Text, Value, NewText | undefined, NewValue | undefined>,
): PartOf<NewText, NewValue> | undefined {
  const changed = mapPart(part, change);
  return visit(changed, IS_NOTHING, undefined) ? undefined : (changed as PartOf<NewText, NewValue>);
}

const IS_NOTHING: Visitor<unknown, unknown, undefined, boolean> = {
  text: (text) => text === undefined,
  json: (value) => value === undefined,
  nothing: false,
};

/** What a part holds: a text, or JSON. */
export type Content<Text, Value> = { readonly text: Text } | { readonly json: Value };

/** What a part holds; `undefined` if that is nothing. */
export function contentOf<Text, Value>(part: PartOf<Text, Value>): Content<Text, Value> | undefined {
  return visit(part, CONTENT, undefined) as Content<Text, Value> | undefined;
}

const CONTENT: Visitor<unknown, unknown, undefined, Content<unknown, unknown> | undefined> = {
  text: (text) => ({ text }),
  json: (json) => ({ json }),
  nothing: undefined,
};

/**
 * A part of the same structure that holds something else. Throws where that is a text in place of JSON, or
 * JSON in place of a text.
 */
export function holding<Text, Value>(
  part: PartOf<unknown, unknown>,
  content: Content<Text, Value>,
): PartOf<Text, Value> {
  return mapPart(part, {
    text: () => ("text" in content ? content.text : misplaced()),
    json: () => ("json" in content ? content.json : misplaced()),
  });
}

function misplaced(): never {
  throw new TypeError("a part holds either a text or JSON");
}

/** The name of the place where the values of a part stand; `undefined` where nothing in it is data. */
export function placeNameOf(part: PartOf<unknown, unknown>): string | undefined {
  return partKind(part.kind).place?.(part);
}

/** What a part holds, where it may be data. */
export function dataIn<Text, Value>(part: PartOf<Text, Value>): Content<Text, Value> | undefined {
  return partKind(part.kind).place ? contentOf(part) : undefined;
}

/** The text of a part in which data may stand; `undefined` of one that holds none. */
export function wordsIn<Text>(part: PartOf<Text, unknown>): Text | undefined {
  const data = dataIn(part);
  return data && "text" in data ? data.text : undefined;
}

/** Whether templates do not see a part, and a reply means the same without it. */
export function isHidden({ kind }: PartOf<unknown, unknown>): boolean {
  return partKind(kind).isHidden;
}

/**
 * All of a turn but what it holds: role, name, and the structures of its parts. Equal wherever a turn fits a
 * pattern.
 */
export function structureOf({ role, name, parts }: Structured): string {
  let structure = name === undefined ? sized(role) : `${sized(role)}${sized(name)}`;
  for (const part of parts) structure += ` ${partKind(part.kind).structure(part)}`;
  return structure;
}

interface Structured {
  readonly role: string;
  readonly name?: string;
  readonly parts: readonly PartOf<unknown, unknown>[];
}

/** Whether a reply can be made that holds such a part. */
export function isReplied({ kind }: PartOf<unknown, unknown>): boolean {
  return partKind(kind).addTo !== undefined;
}

/** Adds a part to a reply in the making, if a reply can hold it. */
export function addTo(reply: Draft, part: Part): void {
  partKind(part.kind).addTo?.(reply, part);
}

/** Why a reply that holds such a part is not kept; `undefined` where nothing in it speaks against that. */
export function refusedFor(part: Part): RefusalReason | undefined {
  return partKind(part.kind).refused(part);
}

/** Whether a reply of such parts alone says nothing. */
export function isBlank(part: Part): boolean {
  return partKind(part.kind).isBlank(part);
}

/** A message's content part as a part of a kind that is known by that name; `undefined` of any other. */
export function partOfContent(content: ContentPart): Part | undefined {
  return isPartName(content.type) ? partKind(content.type).fromContent?.(content) : undefined;
}
