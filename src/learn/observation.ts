/** What is learned from, and what several stages need of it: worked out once, when it is first asked for. */
import { visible } from "../answer/read.js";
import type { Proposal } from "../answer/select.js";
import { turnKey } from "../template/digest.js";
import type { Turn } from "../template/turn.js";
import { extendChain } from "../tree/entry.js";
import type { Exchange } from "../tree/knowledge.js";
import { DataFlow } from "./flow/data-flow.js";
import { Pace } from "./schedule/pace.js";

/**
 * How many steps may be taken to learn from one exchange. Recorded agents' work has needed a quarter of it at
 * the most.
 */
export const MAX_STEPS = 500_000;

const NOTHING: ReadonlyMap<string, string> = new Map();

/** What is known of an exchange beside itself. */
export interface Circumstances {
  /** Values the caller has bound. */
  readonly given?: ReadonlyMap<string, string> | undefined;
  /**
   * For how many exchanges it stands: hits are observed only where they are audited, and each of these for
   * all that were not (the estimator of Horvitz and Thompson: one over the chance of being drawn). Default 1.
   */
  readonly weight?: number | undefined;
  /** The budget of all stages together. */
  readonly pace?: Pace | undefined;
  /** The keys of the exchange's turns, as they were read. */
  readonly keys?: readonly string[] | undefined;
  /**
   * Another process has recorded it, for this one to learn from; what it shows of its scope is known here.
   * Default no.
   */
  readonly isHandedOver?: boolean | undefined;
}

/** An exchange the model has just made, on its way through the stages. */
export class Observation {
  /** What the templates known at a time say to it, by the tree's generation. */
  proposals: { readonly generation: number; readonly all: readonly Proposal[] } | undefined;
  private seen: readonly Turn[] | undefined;
  private keyed: readonly string[] | undefined;
  private readonly read: readonly string[] | undefined;
  private flowing: DataFlow | undefined;

  readonly given: ReadonlyMap<string, string>;
  readonly weight: number;
  readonly pace: Pace;
  readonly isHandedOver: boolean;

  constructor(
    readonly exchange: Exchange,
    {
      given = NOTHING,
      weight = 1,
      pace = new Pace({ maxNodes: MAX_STEPS, enforced: true }),
      keys,
      isHandedOver = false,
    }: Circumstances = {},
  ) {
    this.isHandedOver = isHandedOver;
    this.given = given;
    this.weight = weight;
    this.pace = pace;
    this.read = keys;
  }

  /** The same, with nothing worked out yet. */
  anew(): Observation {
    const { given, weight, read: keys, isHandedOver } = this;
    return new Observation(this.exchange, { given, weight, keys, isHandedOver });
  }

  /** The conversation as templates see it. */
  get turns(): readonly Turn[] {
    this.seen ??= this.exchange.turns.map(visible);
    return this.seen;
  }

  /** The keys of these turns. */
  get keys(): readonly string[] {
    this.keyed ??= this.turns.map(
      (turn, index) =>
        (turn === this.exchange.turns[index] ? this.read?.[index] : undefined) ?? turnKey(turn),
    );
    return this.keyed;
  }

  /** The key of the conversation after each turn, what templates do not see of it included. */
  get chain(): readonly string[] {
    const { turns } = this.exchange;
    const chain: string[] = [];
    for (const [index, key] of this.keys.entries()) {
      const turn = turns[index] as Turn;
      chain.push(
        extendChain(chain.at(-1), turn === this.turns[index] ? key : (this.read?.[index] ?? turnKey(turn))),
      );
    }
    return chain;
  }

  /** Where the values of the reply come from. */
  get flow(): DataFlow {
    this.flowing ??= new DataFlow(this.turns, this.exchange.said, this.pace);
    return this.flowing;
  }
}
