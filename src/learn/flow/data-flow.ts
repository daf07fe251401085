/** Data flow, from one example: a value of the reply that also stands in the conversation is data, on both sides. */

import type { Hole, ReplyPattern, Template } from "../../template/template.js";
import type { Turn } from "../../template/turn.js";
import { literalTurn, mapPlaces } from "../../template/visit.js";
import { holds } from "./enumerations.js";
import { Folds } from "./folds.js";
import { Spans } from "./forms.js";
import { mentionsOf } from "./mentions.js";
import { patternOf, type Site, siteKey, sitesOf } from "./sites.js";
import { Sources } from "./sources.js";
import { isValue, type Target, targetsOf } from "./targets.js";

/**
 * The template one exchange suggests: every value that flows into the reply, or into a call on the way to it, is a slot;
 * a tool's JSON result is bound whole; everything else is literal. `undefined` when nothing flows.
 */
export function dataFlow(turns: readonly Turn[], said: Turn): Template | undefined {
  return flowFrom(turns, said).template;
}

/**
 * The same with what looks like data in the user's words, but plays no part in this reply, left open too: a name that
 * a later step will need, a number, a quotation. `isData` tells values that arguments have held. `undefined` if there
 * is no such thing.
 */
export function openFlow(turns: readonly Turn[], said: Turn, isData: (text: string) => boolean): Template | undefined {
  const { sources, template: before } = flowFrom(turns, said);
  if (sources.ignore(isData) === 0) return undefined;
  const patterns = turns.map((turn, index) => sources.pattern(turn, index));
  if (patterns.some((pattern) => pattern === undefined)) return undefined;
  return { turns: patterns as Template["turns"], reply: before?.reply ?? mapPlaces(literalTurn(said), (never) => never), guards: [] };
}

/**
 * The same for a step further on: what the user asked led to the calls that were made, and is left open; the reply
 * follows from the calls and their results. `undefined` if the reply says anything that the user said.
 */
export function laterFlow(turns: readonly Turn[], said: Turn): Template | undefined {
  const asked = turns.map((turn) => turn.role === "user");
  const last = turns.at(-1);
  if (!asked.includes(true) || last?.role !== "tool" || turns.length < 3) return undefined;
  const questions = sitesOf(turns).filter((site) => asked[site.turn] && site.path === undefined);
  if (repeatsAny(said, questions)) return undefined;
  return flowFrom(turns, said, asked).template;
}

/** Whether a reply says anything that stands at these sites, in whatever form, unless it stands at `others` as well. */
export function repeatsAny(said: Turn, sites: readonly Site[], others: readonly Site[] = []): boolean {
  const spans = sites.flatMap((site) => (site.path === undefined ? [new Spans(site.text)] : []));
  for (const reply of sitesOf([said]).filter(isValue)) {
    for (const { text } of reply.path === undefined ? mentionsOf(reply.text) : [reply]) {
      if (others.some((other) => holds(other.text, text))) continue;
      if (sites.some((site) => holds(site.text, text)) || spans.some((each) => each.saying(text, reply.whole).length > 0)) return true;
    }
  }
  return false;
}

/** The data flow of an exchange with its lists as lists; as single values, if that leads nowhere. */
function flowFrom(turns: readonly Turn[], said: Turn, open?: readonly boolean[]): { sources: Sources; template: Template | undefined } {
  const sources = new Sources(turns, open);
  const folds = new Folds(said, sources);
  const template = flowThrough(sources, turns, folds);
  if (template || folds.isEmpty || sources.isReordered) return { sources, template };
  const again = new Sources(turns, open);
  return { sources: again, template: flowThrough(again, turns, new Folds(said)) };
}

function flowThrough(sources: Sources, turns: readonly Turn[], folds: Folds): Template | undefined {
  const { said, claims } = folds;
  const targets = targetsOf(said, claims).sort((left, right) => right.text.length - left.text.length || left.order - right.order);
  const open: Target[] = [];
  // 1. What is copied as it is, the longest first; then what stands there in another form.
  const place = (target: Target, hole: Hole | undefined): void => {
    const key = siteKey(0, target.site.part, target.site.path);
    if (!hole) open.push(target);
    else if (claims.isFree(key, target.start, target.end)) claims.add(key, { start: target.start, end: target.end, place: hole });
  };
  for (const target of targets) place(target, sources.copy(target));
  for (const target of open.splice(0)) place(target, target.isArgument ? sources.derive(target) : undefined);
  // 2. The calls on the way, by the same rules.
  sources.follow();
  if (sources.isEmpty || sources.isReordered || open.some((target) => sources.mayHold(target.text))) return undefined;

  const patterns = turns.map((turn, index) => sources.pattern(turn, index));
  const reply = patternOf(said, 0, claims);
  if (!reply || patterns.some((pattern) => pattern === undefined)) return undefined;
  return { turns: patterns as Template["turns"], reply: withoutLooseTalk(folds.unfolded(reply), open), guards: [] };
}

/** Words beside a call are left out if they hold data that is not explained: another conversation must not be told it. */
export function withoutLooseTalk(reply: ReplyPattern<Hole>, open: readonly Target[]): ReplyPattern<Hole> {
  const isCall = reply.parts.some((part) => part.kind === "call" || part.kind === "each");
  if (!isCall || !open.some((target) => target.site.path === undefined)) return reply;
  return { ...reply, parts: reply.parts.filter((part) => part.kind !== "text") };
}
