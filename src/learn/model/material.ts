/** An exchange as the agents see it: its texts under labels, its results as variables, plain JSON. */
import { visible } from "../../answer/read.js";
import { type Json, printJson } from "../../template/json.js";
import type { Turn } from "../../template/turn.js";
import type { Exchange } from "../../tree/knowledge.js";
import { type Site, sitesOf } from "../flow/sites.js";
import { Refused } from "./proposal.js";

/** How much is shown of instructions, and of a whole question, in characters. */
const MAX_INSTRUCTIONS = 2_000;
export const MAX_SHOWN = 24_000;

/** A text under its label. */
export interface Labelled {
  readonly at: string;
  readonly site: Site;
  /** It stands in the reply. */
  readonly isSaid: boolean;
}

/** What a tool gave as JSON: a variable of every template, bound whole. */
export interface Given {
  readonly name: string;
  readonly turn: number;
  readonly part: number;
  readonly value: Json;
}

/** An exchange laid out. */
export interface Material {
  readonly turns: readonly Turn[];
  readonly said: Turn;
  readonly texts: ReadonlyMap<string, Labelled>;
  readonly given: readonly Given[];
}

/** Lays out an exchange, or any turns of it with the reply. */
export function materialOf({ turns: all, said }: Pick<Exchange, "turns" | "said">): Material {
  const turns = all.map(visible);
  const given: Given[] = [];
  for (const [turn, { parts }] of turns.entries())
    for (const [part, each] of parts.entries())
      if (each.kind === "json") {
        const name = given.length === 0 ? "result" : `result_${given.length + 1}`;
        given.push({ name, turn, part, value: each.value });
      }
  const isGiven = (site: Site): boolean => turns[site.turn]?.parts[site.part]?.kind === "json";
  const texts = new Map<string, Labelled>();
  const label = (site: Site, isSaid: boolean, among: readonly Turn[]): void => {
    const { parts } = among[site.turn] as Turn;
    const start = isSaid ? "reply" : `m${site.turn}`;
    // Of several texts or calls in one message, each but the first has its position.
    const first = parts.findIndex(({ kind }) => kind === parts[site.part]?.kind);
    const stem = site.part === first ? start : `${start}#${site.part}`;
    const at = `${stem}${(site.path ?? []).map((step) => (typeof step === "number" ? `[${step}]` : `.${step}`)).join("")}`;
    if (!texts.has(at)) texts.set(at, { at, site, isSaid });
  };
  for (const site of sitesOf(turns)) if (!isGiven(site)) label(site, false, turns);
  for (const site of sitesOf([said])) label(site, true, [said]);
  return { turns, said, texts, given };
}

/** A message as it is shown. */
interface Shown {
  readonly role: string;
  readonly calls?: readonly string[];
  readonly texts?: readonly { readonly at: string; readonly text: string }[];
  readonly gave?: readonly { readonly variable: string; readonly json: unknown }[];
}

/** The conversation and the reply, for an agent to read. Throws `Refused` where that is too much. */
export function shown(material: Material): {
  readonly conversation: readonly Shown[];
  readonly reply: Shown;
} {
  const conversation = material.turns.map((turn, index) => shownTurn(turn, index, material));
  const reply = shownTurn(material.said, undefined, material);
  if (JSON.stringify([conversation, reply]).length > MAX_SHOWN) throw new Refused("too-large");
  return { conversation, reply };
}

function shownTurn(turn: Turn, index: number | undefined, { texts, given }: Material): Shown {
  const calls = turn.parts.flatMap((part) => (part.kind === "call" ? [part.tool] : []));
  const own = [...texts.values()].filter(({ isSaid, site }) =>
    index === undefined ? isSaid : !isSaid && site.turn === index,
  );
  const gave = given.filter((each) => each.turn === index);
  return {
    role: turn.role,
    ...(calls.length > 0 && { calls }),
    ...(own.length > 0 && {
      texts: own.map(({ at, site }) => ({
        at,
        text: site.voice === "fixed" ? site.text.slice(0, MAX_INSTRUCTIONS) : site.text,
      })),
    }),
    ...(gave.length > 0 && {
      gave: gave.map(({ name, value }) => ({ variable: name, json: plainJson(value) })),
    }),
  };
}

/** JSON as JavaScript has it; digits that a number would lose are not for a model to see. */
export function plainJson(value: Json): unknown {
  return JSON.parse(printJson(value)) as unknown;
}
