/**
 * What a lookup came to, in a sentence: what is said wherever somebody asks "why not?". docs/why-not.md says
 * what to do.
 */
import type { BypassReason, MissReason, RefusalReason, Review } from "../types.js";
import type { AnsweredBefore } from "./asked.js";
import type { CheckedTool } from "./context.js";
import type { Nearest } from "./nearest.js";

/** What there is to say of a lookup. */
export interface Lookup {
  readonly outcome: "hit" | "miss" | "bypass";
  readonly match?: "exact" | "template";
  readonly reason?: MissReason | BypassReason;
  readonly reworded?: string;
  readonly templates: readonly Fitting[];
  readonly nearest?: Nearest;
  readonly isUnread?: true;
  readonly before?: AnsweredBefore;
  readonly checks?: readonly CheckedTool[];
}

/** A template that fits, as it is printed. */
interface Fitting {
  readonly standing: string;
  readonly turns: readonly string[];
  readonly reply: string;
  readonly says: string;
  readonly missingAgreements: number | undefined;
  readonly doubts: readonly string[];
  readonly review?: Review;
}

const MISSES: Readonly<Record<MissReason, string>> = {
  unseen: "nothing that is known fits the conversation",
  untrusted: "what fits has not proved itself yet",
  ambiguous: "a template fits in two ways that read different values",
  bindings: "what is known reads other values than the call has bound",
  disagreement: "templates that fit say different things",
  derivation: "a template fits, but a value of its reply cannot be worked out here",
  guarded: "a guard refused the reply",
  never: "the reply calls a tool that is never replayed (option `never`)",
  volatile:
    "the model has answered this very conversation in different ways, so that none of them is replayed",
  expired: "what is known is older than `ttl`",
  busy: "so much fits in part that looking further would take too long",
  format: "the known reply does not fit the tools or the response format of the call",
  environment: "a check finds the world in another state than the known reply was right in",
  diverged: "a tool has given something else in this conversation than it gave when it was learned",
  foreign: "the known reply holds what this framework has no word for",
};

const BYPASSES: Readonly<Record<BypassReason, string>> = {
  "read-off": "the call asked for the model (`read: false`)",
  "too-large": "the conversation is larger than `maxMessages` or `maxBytes`",
  invalid: "the call is no conversation, or its options are wrong",
  "duplicate-keys": "arguments of a tool call hold a key twice",
  closed: "the cache was closed",
  "server-state": "the call builds on what its provider keeps: it is only half of what the model sees",
  unscoped: "a scope is required, and the call has none",
  shadow: "there was an answer, and in shadow mode nothing is served",
  fault: "something failed inside; a `fault` event tells what",
};

const REFUSALS: Readonly<Record<RefusalReason, string>> = {
  "finish-reason": "it was cut off, filtered, refused, or ended in an error",
  empty: "it says nothing",
  "invalid-arguments": "the arguments of a tool call are no JSON",
  invalid: "it is no message of the model",
  "too-large": "it and its conversation are larger than `maxMessages` or `maxBytes`",
  "write-off": "the call asked for it (`write: false`)",
  closed: "the cache was closed",
  format: "it does not fit the tools or the response format of the call",
  "provider-side": "part of it lies with the provider: tools it ran, what it searched, audio by id",
  samples: "it is one of several samples",
  "other-model": "it is from another model than the one that was asked",
  redacted: "redaction changed it: it is not what the model said any more",
  "broken-off": "the stream ended early, or was left",
};

const UNREAD =
  "what the store holds for this model, these tools and settings and this tenant has not been read yet: the next call reads it first";

function reasonOf(reason: MissReason | BypassReason): string {
  return reason in MISSES ? MISSES[reason as MissReason] : BYPASSES[reason as BypassReason];
}

/** A lookup in a sentence or two. Holds conversation text. */
export function sentenceOf(lookup: Lookup): string {
  const { before } = lookup;
  const sentences = [outcomeOf(lookup), ...checksOf(lookup)];
  if (before && (before.status !== lookup.outcome || before.reason !== lookup.reason)) {
    const was = before.status === "hit" ? "served" : `not served, as ${reasonOf(before.reason ?? "fault")}`;
    sentences.unshift(`Then: ${was}.`, "Now:");
  }
  if (before?.refused !== undefined)
    sentences.push(`The reply was not kept, as ${REFUSALS[before.refused]}.`);
  return sentences.join(" ");
}

function checksOf({ checks = [] }: Lookup): string[] {
  return checks.map(
    ({ tool, states }) =>
      `If the check of \`${tool}\` finds the world as it was: ${states} state${states === 1 ? " is" : "s are"} known.`,
  );
}

function outcomeOf(lookup: Lookup): string {
  const { outcome, match, reason, reworded, templates, nearest, isUnread } = lookup;
  if (outcome === "hit" && match === "exact") return "Served: the model has answered this very conversation.";
  if (outcome === "hit") {
    const words = reworded === undefined ? "" : `, read as "${reworded}"`;
    // One that fits and says nothing tells why instead.
    const live = templates.find(({ standing, says }) => standing === "live" && !(says in MISSES));
    const by = live?.review?.verdict === "approve" ? ` that ${live.review.author} has approved` : "";
    return `Served by a template${by}${words}${live ? `: ${lastOf(live.turns)} ⇒ ${clip(live.reply)}` : ""}.`;
  }
  const why = `Not served: ${reasonOf(reason ?? "fault")}`;
  const more = [...(nearest ? [whereItStops(nearest)] : []), ...(isUnread ? [UNREAD] : [])];
  return `${[why, ...missing(reason, templates), ...more].join("; ")}.`;
}

function whereItStops({ kind, turns, message, role, stops }: Nearest): string {
  const what = kind === "template" ? "the nearest template" : "the nearest recorded conversation";
  return `${what} (${lastOf(turns)}) fits up to message ${message} (${role}), which ${stops}`;
}

/** What the templates that fit still need. */
function missing(reason: string | undefined, templates: readonly Fitting[]): string[] {
  if (reason === "disagreement" || reason === "derivation") {
    const said = templates
      .filter(({ standing }) => standing !== "retired")
      .map(({ turns, says }) => `${lastOf(turns)} says: ${clip(says)}`);
    return said.length > 0 ? [said.join(", and ")] : [];
  }
  const wrong = templates.find(({ standing }) => standing === "retired");
  if (reason === "unseen" && wrong)
    return [
      `${lastOf(wrong.turns)} fits, but ${wrong.review?.verdict === "retire" ? `${wrong.review.author} has retired it` : "was proven wrong"}`,
    ];
  if (reason !== "untrusted") return [];
  const needs = ({ missingAgreements }: Fitting): number => missingAgreements ?? Number.POSITIVE_INFINITY;
  const [nearest] = templates
    .filter(({ standing }) => standing === "candidate")
    .toSorted((left, right) => needs(left) - needs(right));
  if (!nearest) return [];
  const { missingAgreements: more, turns, doubts } = nearest;
  const lack =
    more === undefined
      ? "would not be served however often it is right"
      : `needs ${more} more agreement${more === 1 ? "" : "s"}`;
  return [`${lastOf(turns)} ${lack}`, ...doubts.slice(0, DOUBTS_TOLD)];
}

// The gravest come first.
const DOUBTS_TOLD = 2;

const LONGEST = 160;

/** The last message of a template: the others are mostly the same for all. */
const lastOf = (turns: readonly string[]): string => clip(turns.at(-1) ?? "");

/** A long line loses its middle. */
function clip(line: string): string {
  return line.length <= LONGEST ? line : `${line.slice(0, LONGEST / 2)} … ${line.slice(-LONGEST / 2)}`;
}
