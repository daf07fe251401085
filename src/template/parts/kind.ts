/** What there is to say of a kind of message part. Each other file of this folder says it of one kind. */
import type { ContentPart, RefusalReason, ToolCall } from "../../types.js";
import type { Json } from "../json.js";
import type { PartName, PartsOf } from "../turn.js";

/**
 * What is done with what a part holds, by what that is. `with` is handed on, so that a visitor can be one
 * constant for all.
 */
export interface Visitor<Text, Value, With, Result> {
  text(text: Text, context: With): Result;
  json(value: Value, context: With): Result;
  /** Of a part that holds nothing. */
  readonly nothing: Result;
}

/** The same for two parts: what becomes of what they hold if they are alike, and what holds if they are not. */
export interface Comparison<Left, LeftValue, Right, RightValue, With, Result> {
  text(left: Left, right: Right, context: With): Result;
  json(left: LeftValue, right: RightValue, context: With): Result;
  readonly nothing: Result;
  readonly unlike: Result;
}

/** What texts and JSON become. */
export interface Change<Text, Value, NewText, NewValue> {
  text(text: Text): NewText;
  json(value: Value): NewValue;
}

/** How a pattern is written for people. */
export interface Printer<Text, Value> {
  text(text: Text): string;
  json(value: Value): string;
  /** JSON as the arguments of a call: `a=1, b=2`. */
  args(value: Value): string;
}

/** JSON that holds no null: what a part is in the store. */
export type Plain = string | number | boolean | readonly Plain[];

/** Reads texts and JSON as they are stored; throws on what is none. */
export interface Reader<Text, Value> {
  text(encoded: unknown): Text;
  json(encoded: unknown): Value;
}

/** A reply in the making, as callers see it. */
export interface Draft {
  readonly content: ContentPart[];
  readonly calls: ToolCall[];
  refusal?: string;
  readonly generateId: () => string;
}

/**
 * A kind of part as a record of verbs. Matching, filling, comparing, indexing, learning and storing are made
 * of these, so that a new kind is one more record; the compiler names what it lacks.
 */
export interface PartKind<Kind extends PartName> {
  // What it is made of: structure and, at the most, one text or JSON value.

  /** All of it but what it holds, as a text that no other structure has. */
  structure(part: PartsOf<unknown, unknown>[Kind]): string;
  /**
   * Whether the structures of two are equal: as `structure` says, without making a text. On the path of every
   * lookup.
   */
  alike(left: PartsOf<unknown, unknown>[Kind], right: PartsOf<unknown, unknown>[Kind]): boolean;
  /** The text it holds. `undefined`: it holds none. */
  readonly text: (<Text>(part: PartsOf<Text, unknown>[Kind]) => Text) | undefined;
  /** The JSON it holds. `undefined`: it holds none. */
  readonly json: (<Value>(part: PartsOf<unknown, Value>[Kind]) => Value) | undefined;
  /** The same part, holding something else. */
  map<Text, Value, NewText, NewValue>(
    part: PartsOf<Text, Value>[Kind],
    change: Change<Text, Value, NewText, NewValue>,
  ): PartsOf<NewText, NewValue>[Kind];

  // For people.

  print<Text, Value>(part: PartsOf<Text, Value>[Kind], printer: Printer<Text, Value>): string;
  /** How one differs from what was expected where they are not alike; without it, both are shown. */
  unlike?(
    expected: PartsOf<unknown, unknown>[Kind],
    part: PartsOf<unknown, unknown>[Kind],
  ): string | undefined;

  // In the store: a list that begins with the kind's name.

  encode<Text, Value>(
    part: PartsOf<Text, Value>[Kind],
    write: Change<Text, Value, Plain, Plain>,
  ): readonly Plain[];
  /** Throws if the list is not as `encode` writes it. */
  decode<Text, Value>(encoded: readonly unknown[], read: Reader<Text, Value>): PartsOf<Text, Value>[Kind];

  // What templates make of it.

  /** Whether templates do not see it, and a reply means the same without it. */
  readonly isHidden: boolean;
  /**
   * The name of the place where the values stand that it holds, shared by all that are of one sort: the tool
   * of a call. `undefined`: nothing in it is data, and templates repeat it as it is.
   */
  readonly place: ((part: PartsOf<unknown, unknown>[Kind]) => string) | undefined;

  // In messages and replies.

  /**
   * Reads it from a message's content part that has the kind's name as its type; gives nothing where that is
   * something else. `undefined`: it is no content part. What it says stands under `text` there: by that a
   * request's size is known.
   */
  readonly fromContent: ((content: ContentPart) => PartsOf<string, Json>[Kind] | undefined) | undefined;
  /** Adds it to a reply. `undefined`: no reply can be made that holds one. */
  readonly addTo: ((reply: Draft, part: PartsOf<string, Json>[Kind]) => void) | undefined;
  /** Why a reply that holds it is not kept, if it is not. */
  refused(
    part: PartsOf<string, Json>[Kind],
  ): Extract<RefusalReason, "finish-reason" | "invalid-arguments"> | undefined;
  /** Whether a reply of such parts alone says nothing. */
  isBlank(part: PartsOf<string, Json>[Kind]): boolean;
}

/** A text after its length, so that no content can imitate a boundary. */
export function sized(text: string): string {
  return `${text.length}:${text}`;
}
