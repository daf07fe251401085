/** What a template is: patterns of turns with slots, and a reply with holes that expressions fill. */
import type { Expression } from "./derivation/expression.js";
import type { Domain } from "./domain.js";
import type { Json } from "./json.js";
import type { PartOf } from "./turn.js";

/** A place in a message whose text is data: it binds variable `name` to a value inside `domain`. */
export interface Slot {
  readonly name: string;
  readonly domain: Domain;
}

/**
 * A place in a reply that is derived from the bindings. Each expression explains everything seen so far; the
 * hole is filled only if all of them give the same value (unanimity).
 */
export interface Hole {
  readonly hypotheses: readonly Expression[];
}

/** Literal text and places in turn. Never two places side by side, never an empty literal. */
export type TextPattern<Place> = readonly (string | Place)[];

export type JsonPattern<Place> =
  | { readonly kind: "literal"; readonly value: Json }
  /** A JSON string with places in it. */
  | { readonly kind: "text"; readonly text: TextPattern<Place> }
  /** A whole value: number, boolean, list, object; also a whole string where its type may vary. */
  | { readonly kind: "value"; readonly place: Place }
  | { readonly kind: "array"; readonly items: readonly JsonPattern<Place>[] }
  | { readonly kind: "object"; readonly entries: ReadonlyMap<string, JsonPattern<Place>> };

/** A part with places in what it holds. */
export type PartPattern<Place> = PartOf<TextPattern<Place>, JsonPattern<Place>>;

export interface TurnPattern<Place> {
  readonly role: string;
  readonly name?: string;
  readonly parts: readonly PartPattern<Place>[];
}

/**
 * A call of one tool for each item of a list, in its order. The holes of `args` may read the item under the
 * name `item`, which hides a variable of the conversation that is called so.
 */
export interface EachPattern<Place> {
  readonly kind: "each";
  readonly list: Place;
  readonly item: string;
  readonly tool: string;
  readonly args: JsonPattern<Place>;
}

/**
 * What a reply is made of. Only a reply repeats a part: in a conversation, the number of calls is structure.
 */
export interface ReplyPattern<Place> {
  readonly role: string;
  readonly name?: string;
  readonly parts: readonly (PartPattern<Place> | EachPattern<Place>)[];
}

/** A learned behaviour: conversations of this form, with these conditions, get this reply. */
export interface Template {
  readonly turns: readonly TurnPattern<Slot>[];
  readonly reply: ReplyPattern<Hole>;
  /** Conditions on the bindings; each must evaluate to `true`. */
  readonly guards: readonly Expression[];
  /**
   * It continues from the last step of a conversation: `turns` are the opening instructions, the last calls
   * and their results; what came between is open.
   */
  readonly continuation?: true;
  /**
   * The variables that carry the caller's names: only these are compared with what a caller binds, and filled
   * from it where no message holds them. All others are the cache's own, even where a caller's is called the
   * same.
   */
  readonly given?: readonly string[];
}
