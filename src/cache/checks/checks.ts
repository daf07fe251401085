/** Decides whether a hit is served in the world as it is, and keeps what the world was like where a model was asked. */
import type { Answered } from "../../answer/index.js";
import { continuationsOf } from "../../answer/last-step.js";
import { givenBindings, visible } from "../../answer/read.js";
import { replyOf } from "../../answer/reply.js";
import { propose } from "../../answer/select.js";
import { nameOf } from "../../events.js";
import { BoundedMap } from "../../template/bounded-map.js";
import { meaningOf } from "../../tree/entry.js";
import type { Entry, Exchange } from "../../tree/knowledge.js";
import { encodeSighting, type SeenCall } from "../../tree/sightings.js";
import type { CacheRequest, Reply, ReplyDetails } from "../../types.js";
import type { Keeper } from "../keeper.js";
import { normalisedReply } from "../reply.js";
import type { Responder } from "../responder.js";
import { fitsSighting, isLookedAt, type LookedAt, type Looking, lookAt, seenCall } from "./calls.js";
import type { Examples } from "./examples.js";

/** What is to be known of a hit before it is served. */
type Hit = Answered & { readonly status: "hit" };
type Miss = Answered & { readonly status: "miss" };

/** A reply that was expected where a model was asked, by those who would have given it. */
interface Expected {
  readonly meaning: string;
  readonly entries: Entry[];
  readonly looked: readonly LookedAt[];
}

/** What was seen before the calls of a reply were made. */
export interface Glimpse {
  /** By tool and arguments, in order, for the reply to take its own from. */
  readonly own: Map<string, LookedAt[]>;
  readonly expected: readonly Expected[];
}

// How many replies are told apart by the state of the world, or looked at beside the one that was made.
const MOST_REPLIES = 4;
const MOST_GLIMPSES = 1_000;

/** What looks at the world, and what it is compared with. */
export interface CheckParts {
  readonly looking: Looking;
  readonly examples: Examples;
  readonly responder: Responder;
  readonly keeper: Keeper;
}

/** The checks of a cache that has some. */
export class Checks {
  /** What was seen while a reply was still coming, by the id of the answer. */
  private readonly glimpses = new BoundedMap<string, Glimpse>({ maxEntries: MOST_GLIMPSES });

  constructor(private readonly parts: CheckParts) {}

  /** Whether an answer depends on the state of the world. */
  concerns(answered: Answered): boolean {
    if (answered.status === "miss") return answered.among !== undefined;
    const { knowledge } = this.parts.responder.context;
    // What was said in place of a call belongs to the world as it was then.
    return (
      isLookedAt(answered.reply, this.parts.looking) ||
      (answered.match === "exact" && knowledge.sightings.of(answered.entry.id).before.length > 0)
    );
  }

  /** The answer where the world is as it was; else a miss. Never rejects. */
  async settle(answered: Answered, context: unknown): Promise<Answered> {
    if (answered.status === "hit") return this.settleHit(answered, context);
    const { among = [] } = answered;
    return among.length > 1 && among.length <= MOST_REPLIES ? this.part(answered, context) : answered;
  }

  private async settleHit(hit: Hit, context: unknown): Promise<Answered> {
    const looked = lookAt(hit.reply, context, this.parts.looking);
    if (looked.length > 0 && (await this.isRight(hit.entry, looked))) return this.standing(hit);
    const other = looked.length > 0 ? hit.otherwise?.() : undefined;
    if (other?.status === "hit" && meaningIs(other, hit) && (await this.isRight(other.entry, looked)))
      return this.standing(other);
    return { status: "miss", reason: "environment", depth: hit.depth };
  }

  /** The one of several replies that belongs to the world as it is. */
  private async part(miss: Miss, context: unknown): Promise<Answered> {
    const all = (miss.among ?? []).map((hit) => ({
      hit,
      looked: lookAt(hit.reply, context, this.parts.looking),
    }));
    const around = all.flatMap(({ looked }) => looked);
    const right: Hit[] = [];
    let open = 0;
    for (const { hit, looked } of all) {
      // A template without such a call says nothing of the world: nothing keeps it apart.
      if (looked.length === 0 && hit.match === "template") open++;
      else if (await this.isRight(hit.entry, looked, around)) right.push(hit);
    }
    const [only] = right;
    if (open > 0 || right.length > 1 || around.length === 0) return miss;
    return only ? this.standing(only) : { status: "miss", reason: "environment", depth: miss.depth };
  }

  /** What was known when the check began may be gone by now, or proven wrong. */
  private standing(hit: Hit): Answered {
    return this.parts.responder.stands(hit)
      ? hit
      : { status: "miss", reason: "environment", depth: hit.depth };
  }

  /** Whether what an entry's calls see now was seen where it was right. */
  private async isRight(
    entry: Entry,
    looked: readonly LookedAt[],
    around?: readonly LookedAt[],
  ): Promise<boolean> {
    try {
      for (const { before } of this.parts.examples.of(entry))
        for (const sighting of before) if (await fitsSighting(looked, sighting, around)) return true;
    } catch (error) {
      this.parts.looking.emit("fault", { where: "check", error: nameOf(error) });
    }
    return false;
  }

  /**
   * Looks at the world before the calls of a reply are made, or of as much of it as has come: what it sees is
   * kept under the answer's id until the reply is observed. Resolves when it has looked; `undefined` where
   * there is nothing to look at.
   */
  capture(request: CacheRequest, reply: Reply, details: ReplyDetails): Promise<void> | undefined {
    const glimpse = this.glimpse(request, reply, details);
    if (details.answer !== undefined) this.glimpses.set(details.answer, glimpse);
    const taken = [...glimpse.own.values(), ...glimpse.expected.map(({ looked }) => looked)].flat();
    return taken.length === 0
      ? undefined
      : Promise.all(taken.map((call) => call.taken)).then(() => undefined);
  }

  /** What is seen of the world before the calls of a reply are made; what was seen already stays. */
  glimpse(request: CacheRequest, reply: Reply, { answer, context }: ReplyDetails): Glimpse {
    const known = answer === undefined ? undefined : this.glimpses.peek(answer);
    const own = new Map(known?.own);
    const wanted = new Map<string, number>();
    for (const call of reply.tool_calls ?? []) {
      const key = keyOf(call.function.name, call.function.arguments);
      const count = (wanted.get(key) ?? 0) + 1;
      wanted.set(key, count);
      const seen = own.get(key) ?? [];
      if (seen.length >= count) continue;
      const looked = lookAt({ tool_calls: [call] }, context, this.parts.looking);
      if (looked.length > 0) own.set(key, [...seen, ...looked]);
    }
    return { own, expected: known?.expected ?? this.expected(request, context) };
  }

  /** Notes what was seen where a model has given a reply. Resolves when it is noted. Never rejects. */
  async observe(
    { own, expected }: Glimpse,
    reply: Reply,
    { exchange, answer }: { readonly exchange: Exchange; readonly answer: string | undefined },
  ): Promise<void> {
    if (answer !== undefined) this.glimpses.delete(answer);
    const { keeper, looking, responder } = this.parts;
    const { knowledge } = responder.context;
    const left = new Map([...own].map(([key, looked]) => [key, looked.values()]));
    const calls: SeenCall[] = [];
    let isWhole = true;
    for (const { function: called } of reply.tool_calls ?? []) {
      if (!looking.checks.get(called.name)?.capture) continue;
      const looked = left.get(keyOf(called.name, called.arguments))?.next().value;
      const seen = looked && (await seenCall(looked));
      if (seen) calls.push(seen);
      else isWhole = false;
    }
    const beside = new Map<string, SeenCall>();
    const apart = new Set<string>();
    for (const { meaning, entries, looked } of expected) {
      if (meaning === exchange.meaning) continue;
      const seen = await Promise.all(looked.map(seenCall));
      if (seen.some((call) => !call)) continue;
      for (const call of seen) if (call) beside.set(`${call.tool} ${call.args} ${call.seen}`, call);
      if (await this.isAnyRight(entries, looked)) {
        // Seen before in another state, it was held against nobody; here it counts.
        if (!knowledge.sightings.isApart(exchange.id, meaning)) continue;
        for (const entry of entries)
          if (entry.kind === "template") keeper.contradict(entry, exchange.id, "observation");
      } else if (entries.some((entry) => this.parts.examples.count(entry) > 0)) apart.add(meaning);
    }
    if (!isWhole || (calls.length === 0 && beside.size === 0)) return;
    const order = [...beside.keys()].sort();
    const whole = { calls, beside: order.flatMap((key) => beside.get(key) ?? []), apart: [...apart].sort() };
    const witness = encodeSighting(whole) ?? encodeSighting({ calls, beside: [], apart: whole.apart });
    if (witness === undefined) looking.emit("fault", { where: "check", error: "RangeError" });
    else keeper.see(exchange.id, witness);
  }

  private async isAnyRight(entries: readonly Entry[], looked: readonly LookedAt[]): Promise<boolean> {
    for (const entry of entries) if (await this.isRight(entry, looked)) return true;
    return false;
  }

  /** The replies that what is known would give, trusted or not, as far as checks look at their calls. */
  private expected(request: CacheRequest, context: unknown): Expected[] {
    const { responder, looking } = this.parts;
    const { knowledge, settings, evaluation } = responder.context;
    const found = new Map<string, Expected>();
    const add = (entry: Entry, meaning: string, reply: () => Reply): void => {
      const known = found.get(meaning);
      if (known) known.entries.push(entry);
      else if (found.size < MOST_REPLIES) {
        const looked = lookAt(reply(), context, looking);
        if (looked.length > 0) found.set(meaning, { meaning, entries: [entry], looked });
      }
    };
    try {
      const { reading, tree } = responder.read(request);
      for (const exchange of tree.exact.get(reading.chain.at(-1) ?? "") ?? [])
        add(exchange, exchange.meaning, () => exchange.reply);
      if (settings.policy === "exact") return [...found.values()];
      const states = [...reading.states, ...continuationsOf(reading.turns.map(visible), tree)];
      const given = givenBindings(request.bindings);
      for (const { learnt, reply } of propose(states, given, { knowledge, trust: settings, evaluation }))
        if (typeof reply === "object")
          add(learnt, meaningOf(visible(reply)), () => replyOf(reply, settings.generateId));
    } catch (error) {
      looking.emit("fault", { where: "check", error: nameOf(error) });
    }
    return [...found.values()];
  }

  /** How many states of the world are known in which an entry was right, for each tool that is looked at. */
  told(entry: Entry, reply: Reply): { readonly tool: string; readonly states: number }[] {
    const tools = new Set(reply.tool_calls?.map((call) => call.function.name));
    const states = this.parts.examples.count(entry);
    return [...tools].flatMap((tool) =>
      this.parts.looking.checks.get(tool)?.capture ? [{ tool, states }] : [],
    );
  }
}

const keyOf = (tool: string, args: string): string => `${tool} ${args}`;

function meaningIs(one: Hit, other: Hit): boolean {
  return meaningOf(normalisedReply(one.reply)) === meaningOf(normalisedReply(other.reply));
}
