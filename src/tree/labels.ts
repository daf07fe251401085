/** Names for people: what a model calls the variables of templates whose own names say nothing. */
import { substitute } from "../template/derivation/analyse.js";
import { variable } from "../template/derivation/expression.js";
import { isIdentifier, RESERVED } from "../template/derivation/syntax.js";
import type { Slot, Template } from "../template/template.js";
import { mapPlaces, mapReply, placesOf } from "../template/visit.js";
import type { Knowledge, Learnt } from "./knowledge.js";

/** The id under which the labels of a skeleton are noted, each as `labelNote` writes it. */
export function labelId({ skeleton }: Pick<Learnt, "skeleton">): string {
  return `label-${skeleton}`;
}

/** A label as it is noted. */
export function labelNote(name: string, label: string): string {
  return JSON.stringify([name, label]);
}

/** The names of a template's variables that say nothing: those that learning gives where nothing tells it more. */
export function namelessIn({ turns }: Template): string[] {
  const names = turns.flatMap((turn) => placesOf(turn).map(({ name }) => name));
  return [...new Set(names)].filter((name) => /^(?:text|other|passed)(?:_\d+)?$/.test(name));
}

/**
 * A template as it is shown: its variables by their labels, as far as each is a name that no other has. What
 * it is known and trusted by stays under its own names.
 */
export function labelled(learnt: Learnt, knowledge: Knowledge): Template {
  const { template } = learnt;
  const notes = knowledge.evidenceOf(labelId(learnt)).agreements;
  if (notes.size === 0) return template;
  const taken = new Set(template.turns.flatMap((turn) => placesOf(turn).map(({ name }) => name)));
  const labels = new Map<string, string>();
  // Sorted: whoever has noted them, and in whatever order, they are the same.
  for (const note of [...notes].sort()) {
    const [name, label] = readNote(note) ?? [];
    if (name === undefined || label === undefined || labels.has(name) || !taken.has(name)) continue;
    if (!isIdentifier(label) || RESERVED.has(label) || taken.has(label)) continue;
    labels.set(name, label);
    taken.add(label);
  }
  return renamed(template, labels);
}

function readNote(note: string): readonly [string, string] | undefined {
  try {
    const read: unknown = JSON.parse(note);
    return Array.isArray(read) && typeof read[0] === "string" && typeof read[1] === "string"
      ? [read[0], read[1]]
      : undefined;
  } catch {
    return undefined;
  }
}

function renamed(template: Template, names: ReadonlyMap<string, string>): Template {
  const variables = new Map([...names].map(([name, label]) => [name, variable(label)]));
  const rename = (slot: Slot): Slot => ({ ...slot, name: names.get(slot.name) ?? slot.name });
  return {
    ...template,
    turns: template.turns.map((turn) => mapPlaces(turn, rename)),
    reply: mapReply(template.reply, ({ hypotheses }) => ({
      hypotheses: hypotheses.map((each) => substitute(each, variables)),
    })),
    guards: template.guards.map((guard) => substitute(guard, variables)),
  };
}
