/** Reads a request: what it says, which known conversation it is, and where in the tree it leads. */
import { turnKey } from "../template/digest.js";
import { isHidden } from "../template/parts/index.js";
import type { Turn } from "../template/turn.js";
import { extendChain } from "../tree/entry.js";
import type { Learnt, ScopeTree } from "../tree/knowledge.js";
import { type State, type Step, step, type WalkLimits } from "../tree/walk.js";
import type { BindingValue, CacheRequest, Message } from "../types.js";
import { CallNumbers, normaliseMessage, Unfit } from "./normalise.js";
import type { Recall } from "./recall.js";

/** Where a conversation led in the tree of templates. */
interface Walked {
  readonly states: readonly State<Learnt>[];
  /** How many turns, from the first, some template fits. */
  readonly depth: number;
  readonly refusals: Step<Learnt>["refusals"];
  readonly busy: boolean;
}

/** A request to answer: as it was read, the tree of its scope, and what the caller has bound. */
export interface Asking {
  readonly reading: Reading;
  readonly tree: ScopeTree;
  readonly given: ReadonlyMap<string, string>;
}

/** How far a walk has come. */
interface Start {
  readonly walked: Walked;
  readonly length: number;
  /** The tree's generation when it was walked. */
  readonly generation: number;
}

/** What a request says. */
export interface Normalised {
  readonly turns: readonly Turn[];
  /** The key of each turn. */
  readonly keys: readonly string[];
  /** The conversation's key after each turn. */
  readonly chain: readonly string[];
  readonly calls: CallNumbers;
}

/**
 * A request after reading. Everything in it depends on the request and the tree alone. The tree is walked
 * when it is first asked where that leads: an exact hit never asks.
 */
export class Reading implements Walked {
  readonly turns: readonly Turn[];
  readonly keys: readonly string[];
  readonly chain: readonly string[];
  readonly calls: CallNumbers;
  private start: Start | undefined;

  /** `before` is a reading of the same conversation's beginning. */
  constructor(
    said: Normalised,
    private readonly where: Where,
    before?: Reading,
  ) {
    this.turns = said.turns;
    this.keys = said.keys;
    this.chain = said.chain;
    this.calls = said.calls;
    this.start = before?.start;
  }

  get states(): Walked["states"] {
    return this.walked().states;
  }

  get depth(): number {
    return this.walked().depth;
  }

  get refusals(): Walked["refusals"] {
    return this.walked().refusals;
  }

  get busy(): boolean {
    return this.walked().busy;
  }

  private walked(): Walked {
    const { start, turns } = this;
    const { tree, walk } = this.where;
    if (!walk) return NOWHERE;
    if (start?.length === turns.length && start.generation === tree.generation) return start.walked;
    // The tree may have changed since: what was normalised still holds, the walk is done again.
    const known = start?.generation === tree.generation ? start : undefined;
    let walked: Walked = known?.walked ?? { ...NOWHERE, states: [{ node: tree.root, bindings: new Map() }] };
    for (let index = known?.length ?? 0; index < turns.length && walked.states.length > 0; index++) {
      walked = advance(walked, turns[index] as Turn, this.keys[index] as string);
    }
    this.start = { walked, length: turns.length, generation: tree.generation };
    return walked;
  }
}

const NOWHERE: Walked = { states: [], depth: 0, refusals: new Set(), busy: false };

/** Where a request leads. */
interface Where {
  readonly tree: ScopeTree;
  /** Whether to walk the tree of templates; without, it leads nowhere. */
  readonly walk: boolean;
}

export interface ReadOptions extends Where {
  /** The key of the request's scope, under which its conversation is remembered. */
  readonly scope: string;
  readonly recall: Recall<Reading>;
}

/** Normalises a request; the part of it that was read a step ago is not read again. Throws `Unfit`. */
export function readRequest({ messages }: CacheRequest, options: ReadOptions): Reading {
  const { scope, recall } = options;
  if (!Array.isArray(messages) || messages.length === 0) throw new Unfit("invalid");
  const known = recall.find(scope, messages);
  const go = (from: Reading | undefined, start: number, end: number): Reading => {
    const value = new Reading(normalised(messages.slice(start, end), from), options, from);
    recall.keep(scope, messages.slice(0, end), { value, before: start });
    return value;
  };
  if (known) return go(known.value, known.length, messages.length);
  // Conversations that differ in all else share what the system says to them: it is remembered by itself.
  const opening = messages.length > 1 && OPENERS.has(messages[0]?.role) ? go(undefined, 0, 1) : undefined;
  return go(opening, opening ? 1 : 0, messages.length);
}

/** The roles of instructions, with which a conversation opens. */
export const OPENERS: ReadonlySet<unknown> = new Set(["system", "developer"]);

/** What a conversation says that goes on with these messages; `before` has read those before them. */
function normalised(messages: readonly Message[], before: Reading | undefined): Normalised {
  const turns = [...(before?.turns ?? [])];
  const keys = [...(before?.keys ?? [])];
  const chain = [...(before?.chain ?? [])];
  const calls = new CallNumbers(before?.calls);
  for (const message of messages) {
    const turn = normaliseMessage(message, calls);
    const key = turnKey(turn);
    turns.push(turn);
    keys.push(key);
    chain.push(extendChain(chain.at(-1), key));
  }
  return { turns, keys, chain, calls };
}

/** The caller's bindings as text. Empty values bind nothing. */
export function givenBindings(
  bindings: Readonly<Record<string, BindingValue>> | undefined,
): ReadonlyMap<string, string> {
  if (bindings === undefined || bindings === null) return NOTHING;
  if (typeof bindings !== "object" || Array.isArray(bindings)) throw new Unfit("invalid");
  const given = new Map<string, string>();
  if (Object.keys(bindings).length > MAX_BINDINGS) throw new Unfit("invalid");
  for (const [name, value] of Object.entries(bindings)) {
    if (typeof value !== "string" && typeof value !== "number" && typeof value !== "boolean")
      throw new Unfit("invalid");
    if (value !== "") given.set(name, String(value));
  }
  return given;
}

// Every text is searched for every value.
const MAX_BINDINGS = 1_000;

const NOTHING: ReadonlyMap<string, string> = new Map();

/**
 * What templates see of a turn: reasoning is left out. It is worded anew each time, and what it led to stands
 * in the text and the calls beside it.
 */
export function visible(turn: Turn): Turn {
  return turn.parts.some(isHidden) ? { ...turn, parts: turn.parts.filter((part) => !isHidden(part)) } : turn;
}

/**
 * Where one turn more leads, as templates see it. `key` is that of the turn as it was read, if it is known.
 */
export function follow(
  states: readonly State<Learnt>[],
  { turn, key }: { readonly turn: Turn; readonly key?: string | undefined },
  limits: WalkLimits = WALK_LIMITS,
): Step<Learnt> {
  const seen = visible(turn);
  return step(states, { turn: seen, key: key !== undefined && seen === turn ? key : turnKey(seen) }, limits);
}

/** What a walk has found with one turn more. */
function advance(walked: Walked, turn: Turn, key: string): Walked {
  const next = follow(walked.states, { turn, key });
  return {
    states: next.states,
    depth: walked.depth + (next.states.length > 0 ? 1 : 0),
    refusals: next.refusals.size > 0 ? new Set([...walked.refusals, ...next.refusals]) : walked.refusals,
    busy: walked.busy || next.busy,
  };
}

/** Bounds on one walk: enough for any honest tree, and for a hostile one a miss. */
const WALK_LIMITS: WalkLimits = { maxStates: 256, maxTries: 10_000 };

/** Where a walk begins, and what it may cost. */
export interface WalkOptions {
  /** Where the turns before these have led; by default they are the first. */
  readonly from?: readonly State<Learnt>[];
  readonly limits?: WalkLimits;
  /** The keys of the turns as they are given, if they are known. */
  readonly keys?: readonly string[];
}

/** Where turns lead, without memory. */
export function statesOf(
  turns: readonly Turn[],
  tree: ScopeTree,
  { from = [{ node: tree.root, bindings: new Map() }], limits = WALK_LIMITS, keys }: WalkOptions = {},
): readonly State<Learnt>[] {
  let states = from;
  for (const [index, turn] of turns.entries()) {
    if (states.length === 0) break;
    states = follow(states, { turn, key: keys?.[index] }, limits).states;
  }
  return states;
}
