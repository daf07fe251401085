/**
 * A question of one wording may have had replies of several kinds ("… choose the first", "… choose the second"). A
 * template that demands a number which has gone with one kind so far may have met the others by chance elsewhere.
 */
import type { Bindings } from "../../template/derivation/expression.js";
import { domainOfKinds } from "../../template/domain.js";
import { mapPart } from "../../template/parts/index.js";
import type { Change } from "../../template/parts/kind.js";
import type { Hole, JsonPattern, PartPattern, Slot, Template, TextPattern } from "../../template/template.js";
import type { Workshop } from "../stage.js";
import { readReply } from "./read-reply.js";

/** How likely chance may be to have led to a template that is kept. */
const CHANCE = 0.01;

/**
 * Whether a template demands numbers in its question that may have nothing to do with what it says: the same
 * question with other numbers has had replies of another kind, and so few of its own that they may all be of
 * one kind by chance. `right` says how many exchanges it is right of.
 */
export async function isCutByChance(
  template: Template,
  scope: string,
  { right, workshop }: { readonly right: number; readonly workshop: Workshop },
): Promise<boolean> {
  // A condition has been shown both sides.
  if (template.guards.length > 0) return false;
  const { turns, demanded } = withoutNumbers(template);
  if (demanded.size === 0) return false;
  const reply = withOpenNumbers(template.reply);
  const demands = (bindings: Bindings): boolean =>
    [...demanded].every(([name, number]) => bindings.get(name) === number);
  let alike = 0;
  let other = 0;
  for (const { exchange, bindings } of await workshop.memory.fitting(
    { ...template, turns },
    scope,
    workshop.pace,
  )) {
    if (demands(bindings)) continue;
    workshop.pace.spend(1);
    if (workshop.pace.overdue) await workshop.pace.rest();
    if (readReply(reply, exchange.said)) alike++;
    else other++;
  }
  return other > 0 && ((alike + right) / (alike + right + other)) ** right > CHANCE;
}

/** The questions with a slot for each number that stands in their words, and the numbers by slot. */
function withoutNumbers({ turns }: Template): Pick<Template, "turns"> & { demanded: Map<string, string> } {
  const demanded = new Map<string, string>();
  const open = opening<Slot>((number) => {
    const name = `\u0000${demanded.size}`;
    demanded.set(name, number);
    return { name, domain: domainOfKinds("number") };
  });
  const asked = turns.map((turn) =>
    turn.role === "user"
      ? { ...turn, parts: turn.parts.map((part): PartPattern<Slot> => mapPart(part, open)) }
      : turn,
  );
  return { turns: asked, demanded };
}

/** A reply in which a number may be any. */
function withOpenNumbers(reply: Template["reply"]): Template["reply"] {
  const open = opening<Hole>(() => ({ hypotheses: [] }));
  return {
    ...reply,
    parts: reply.parts.map((part) =>
      part.kind === "each" ? { ...part, args: open.json(part.args) } : mapPart(part, open),
    ),
  };
}

/** Puts a place where a number stands in literal words; beside another place there is no room for one. */
function opening<Place extends object>(
  placeOf: (number: string) => Place,
): Change<TextPattern<Place>, JsonPattern<Place>, TextPattern<Place>, JsonPattern<Place>> {
  const text = (pattern: TextPattern<Place>): TextPattern<Place> =>
    pattern.flatMap((segment, at) => {
      if (typeof segment !== "string") return [segment];
      const pieces: (string | Place)[] = [];
      let from = 0;
      for (const { 0: number, index } of segment.matchAll(NUMBER)) {
        const isBeside =
          (index === from && (from > 0 || at > 0)) ||
          (index + number.length === segment.length && at < pattern.length - 1);
        if (isBeside) continue;
        pieces.push(segment.slice(from, index), placeOf(number));
        from = index + number.length;
      }
      return [...pieces, segment.slice(from)].filter((piece) => piece !== "");
    });
  const json = (pattern: JsonPattern<Place>): JsonPattern<Place> => {
    switch (pattern.kind) {
      case "text":
        return { kind: "text", text: text(pattern.text) };
      case "array":
        return { kind: "array", items: pattern.items.map(json) };
      case "object":
        return {
          kind: "object",
          entries: new Map([...pattern.entries].map(([key, item]) => [key, json(item)])),
        };
      case "literal":
      case "value":
        return pattern;
    }
  };
  return { text, json };
}

const NUMBER = /(?<![\p{L}\p{N}.,])\d{1,12}(?:[.,]\d{1,9})*(?![\p{L}\p{N}])/gu;
