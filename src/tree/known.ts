/** The shapes of what one process knows. */
import type { Template } from "../template/template.js";
import type { Turn } from "../template/turn.js";
import type { Reply, ReplyDetails } from "../types.js";
import type { Arguments } from "./arguments.js";
import type { Node } from "./node.js";
import type { Wordings } from "./wordings.js";

interface Head {
  readonly id: string;
  readonly scope: string;
  /** When it was learned, in ms since the epoch. */
  readonly at: number;
  readonly model: string | undefined;
  readonly details: ReplyDetails;
  /** Rough size in memory, in characters. */
  readonly size: number;
}

/** A recorded exchange: a conversation, and the reply the model gave. */
export interface Exchange extends Head {
  readonly kind: "exchange";
  /** The key of the conversation's last turn, chained over all before. */
  readonly conversation: string;
  readonly turns: readonly Turn[];
  readonly reply: Reply;
  /** The reply, normalised, without reasoning. */
  readonly said: Turn;
  /** Equal for replies that say the same. */
  readonly meaning: string;
}

/** A template with what speaks for and against it. */
export interface Learnt extends Head {
  readonly kind: "template";
  readonly template: Template;
  readonly origin: Origin;
  /** Equal for templates that differ in their slots' domains alone; they share their agreements. */
  readonly skeleton: string;
}

/** Where a template came from: values a caller bound, or induction. */
export type Origin = "bound" | "induced";

export type Entry = Exchange | Learnt;

/** How many predictions were wrong, and how many were expected to be. */
export interface Fate {
  wrong: number;
  expected: number;
}

/** What is known of one scope. */
export interface ScopeTree {
  readonly root: Node<Learnt>;
  /** Templates that continue from a conversation's last step. */
  readonly continuations: Node<Learnt>;
  /** Exchanges by conversation; more than one where the model answered in more than one way. */
  readonly exact: Map<string, Exchange[]>;
  /** What the arguments of replies have held. */
  readonly args: Arguments;
  /** How predictions have fared here: of templates that had hardly been tried, and of the others. */
  readonly fates: { readonly young: Fate; readonly proven: Fate };
  /** How many exchanges are recorded, and how many of them have each meaning. */
  exchanges: number;
  readonly meanings: Map<string, number>;
  /** Which words of its questions may stand for each other. */
  readonly wordings: Wordings;
  /**
   * Another one after every change of the tree, and for every tree: what was walked before it may be out of
   * date.
   */
  generation: number;
}
