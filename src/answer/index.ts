/** The hit path: from a reading to a reply, or to the reason why there is none. */

import type { Bindings } from "../template/derivation/expression.js";
import { printJson, scalarText } from "../template/json.js";
import { meaningOf } from "../tree/entry.js";
import type { Entry, Exchange, ScopeTree } from "../tree/knowledge.js";
import { isExpired } from "../trust/standing.js";
import type { Verdict } from "../trust/verdict.js";
import type { Hit, MissReason, Reply } from "../types.js";
import type { AnswerContext } from "./context.js";
import { fallback, type Reworded, type Served, spoken } from "./fallback.js";
import { type Asking, type Reading, visible } from "./read.js";
import { replyOf } from "./reply.js";
import { propose, select, sidesOf } from "./select.js";

/** What was decided, before it is given an id. */
export type Answered =
  | {
      readonly status: "hit";
      readonly match: Hit["match"];
      readonly entry: Entry;
      readonly reply: Reply;
      readonly depth: number;
      /** What else may say the same, where the state of the world speaks against this. */
      readonly otherwise?: () => Answered;
      readonly captured: Bindings;
      readonly bindings: Readonly<Record<string, string>>;
      /** In which other words it was answered. */
      readonly reworded?: Reworded;
      /** What is thought of what a template says. */
      readonly verdict?: Pick<Verdict, "doubt" | "kind" | "approved">;
    }
  | {
      readonly status: "miss";
      readonly reason: MissReason;
      readonly depth: number;
      readonly expired?: readonly Entry[];
      /** Replies of which the state of the world may show one to be right. */
      readonly among?: readonly (Answered & { readonly status: "hit" })[];
    };

/**
 * Answers a request that was read.
 * 1. The very conversation was seen: its recorded reply.
 * 2. What the templates that fit say, if one may speak for all (`select.ts`).
 * 3. Where none may answer: the same for the question in other words.
 * 4. Then what follows the last step, whatever came before it.
 * 5. Otherwise the most telling reason for a miss.
 */
export function answer(asking: Asking, context: AnswerContext): Answered {
  const exact = exactAnswer(asking, context);
  if (exact?.status === "hit" && context.checked.size > 0)
    return { ...exact, otherwise: () => templateAnswer(asking, context) };
  return exact ?? templateAnswer(asking, context);
}

function exactAnswer(asking: Asking, context: AnswerContext): Answered | undefined {
  const { reading, tree, given } = asking;
  const { settings } = context;
  const known = tree.exact.get(reading.chain.at(-1) ?? "");
  if (!known) return undefined;
  const depth = reading.turns.length;
  const now = settings.now();
  const expired = known.filter((exchange) => isExpired(exchange, settings, now));
  const fresh = known.filter((exchange) => !expired.includes(exchange));
  const [first] = fresh;
  if (!first) return { status: "miss", reason: "expired", depth, expired };
  // The model has said different things here: none of them is known to be right.
  if (fresh.length > 1) {
    const among = context.checked.size > 0 && given.size === 0 ? fresh.map(hitOf) : [];
    return { status: "miss", reason: "volatile", depth, ...amongst(among, context) };
  }
  if (given.size > 0 && disagrees(first, asking, context))
    return { status: "miss", reason: "bindings", depth };
  return permitted(hitOf(first), context);

  function hitOf(entry: Exchange): Answered & { readonly status: "hit" } {
    const { reply } = entry;
    return { status: "hit", match: "exact", entry, reply, depth, captured: NONE, bindings: {} };
  }
}

/** Replies that may all be served, if they are: the state of the world may show which is right. */
function amongst(
  hits: readonly (Answered & { readonly status: "hit" })[],
  context: AnswerContext,
): Pick<Answered & { readonly status: "miss" }, "among"> {
  const among = hits.filter((hit) => permitted(hit, context).status === "hit");
  return among.length > 1 && among.length === hits.length ? { among } : {};
}

const NONE: Bindings = new Map();

/**
 * Whether a template says something else than what was recorded. The caller may bind what stands in no
 * message (today's date, say): the same conversation can then ask for another reply.
 */
function disagrees(exchange: Exchange, { reading, given }: Asking, context: AnswerContext): boolean {
  const { knowledge, settings, evaluation } = context;
  return propose(reading.states, given, { knowledge, trust: settings, evaluation }).some(
    ({ learnt, reply }) =>
      knowledge.traits(learnt).unsaid.size > 0 &&
      typeof reply === "object" &&
      meaningOf(visible(reply)) !== exchange.meaning,
  );
}

function templateAnswer(asking: Asking, context: AnswerContext): Answered {
  const { reading, tree, given } = asking;
  const { settings, knowledge, evaluation } = context;
  const depth = Math.max(reading.depth, exactDepth(reading, tree));
  const hitOf = (served: Served): Answered & { readonly status: "hit" } => {
    const reply = replyOf(served.said, settings.generateId);
    return { ...served, status: "hit", match: "template", reply, depth, bindings: asText(served.bindings) };
  };
  if (settings.policy === "exact") return { status: "miss", reason: "unseen", depth };
  if (reading.busy) return { status: "miss", reason: "busy", depth };
  const now = settings.now();
  const { onHydrated } = context;
  const proposals = propose(reading.states, given, { knowledge, trust: settings, evaluation, onHydrated });
  const chosen = select(proposals, settings, now);
  if (chosen === "expired") {
    const expired = proposals
      .map(({ learnt }) => learnt)
      .filter((learnt) => isExpired(learnt, settings, now));
    return { status: "miss", reason: "expired", depth, expired };
  }
  const served =
    typeof chosen === "object"
      ? spoken(chosen)
      : isOpen(chosen)
        ? fallback(asking, proposals, context)
        : undefined;
  if (!served)
    return {
      status: "miss",
      reason: chosen === "unseen" ? refusalReason(reading) : (chosen as MissReason),
      depth,
      ...(chosen === "disagreement" &&
        context.checked.size > 0 &&
        amongst(sidesOf(proposals, settings, now).map(spoken).map(hitOf), context)),
    };
  return permitted(hitOf(served), context);
}

/** Whether there is only nothing to say, and no doubt about it. */
function isOpen(reason: MissReason): boolean {
  return reason === "unseen" || reason === "untrusted";
}

/** How many messages, from the first, are a conversation that was seen. */
function exactDepth(reading: Reading, tree: ScopeTree): number {
  for (let length = reading.chain.length; length > 0; length--)
    if (tree.exact.has(reading.chain[length - 1] as string)) return length;
  return 0;
}

function refusalReason({ refusals }: Reading): MissReason {
  return refusals.has("ambiguous") ? "ambiguous" : "unseen";
}

function asText(bindings: Bindings): Record<string, string> {
  return Object.fromEntries(
    [...bindings].map(([name, value]) => [name, scalarText(value) ?? printJson(value)]),
  );
}

/** The last word before serving: tools that are never replayed, and the caller's guard. */
function permitted(
  hit: Answered & { status: "hit" },
  { never, settings, onGuardFault }: AnswerContext,
): Answered {
  const { depth } = hit;
  if (hit.reply.tool_calls?.some((call) => never.has(call.function.name)))
    return { status: "miss", reason: "never", depth };
  if (!settings.guard) return hit;
  try {
    // A copy: what a guard does to it must not reach what is kept.
    const verdict: unknown = settings.guard(structuredClone(hit.reply), {
      match: hit.match,
      template: hit.entry.id,
      bindings: hit.bindings,
    });
    if (verdict instanceof Promise) {
      verdict.catch(() => undefined);
      throw new TypeError("a guard must answer at once");
    }
    return verdict === true || verdict === undefined ? hit : { status: "miss", reason: "guarded", depth };
  } catch (error) {
    onGuardFault(error);
    return { status: "miss", reason: "guarded", depth };
  }
}
