/**
 * What learning keeps at hand: the recorded exchanges, by the words that a template demands and by likeness.
 */
import { lastStepOf } from "../../answer/last-step.js";
import { visible } from "../../answer/read.js";
import type { Template } from "../../template/template.js";
import type { Exchange } from "../../tree/knowledge.js";
import type { Pace } from "../schedule/pace.js";
import { ExchangeTree, type Fitting } from "./exchange-tree.js";
import { Likeness } from "./likeness.js";

/**
 * All exchanges that the knowledge holds and that were taken in here. It is as bounded as the knowledge:
 * whoever removes an exchange there drops it here.
 */
export class Memory {
  private readonly whole = new ExchangeTree(({ turns }) => turns.map(visible));
  private readonly steps = new ExchangeTree(({ turns }) => lastStepOf(turns.map(visible))?.turns);
  private readonly likeness = new Likeness();
  private readonly ids = new Set<string>();

  /** How many exchanges are kept. */
  get size(): number {
    return this.ids.size;
  }

  /** Whether an exchange is among those kept. */
  has({ id }: Exchange): boolean {
    return this.ids.has(id);
  }

  /** Keeps an exchange, once. */
  add(exchange: Exchange): void {
    if (this.ids.has(exchange.id)) return;
    this.ids.add(exchange.id);
    this.whole.add(exchange);
    this.steps.add(exchange);
    this.likeness.add(exchange);
  }

  /**
   * The exchanges of a scope whose conversation fits a template, the latest first, with what it binds in
   * them.
   */
  fitting(
    { turns, continuation }: Pick<Template, "turns" | "continuation">,
    scope: string,
    pace?: Pace,
  ): Promise<Fitting[]> {
    return (continuation ? this.steps : this.whole).fitting(scope, turns, pace);
  }

  /**
   * The exchanges of other conversations most like this one in structure, kind of reply and words, the likest
   * first.
   */
  nearest(exchange: Exchange, count: number, pace?: Pace): Promise<Exchange[]> {
    return this.likeness.nearest(exchange, count, pace);
  }

  /** Lets go of exchanges that were forgotten, and of all that is kept because of them alone. */
  drop(ids: Iterable<string>): void {
    for (const id of ids) {
      if (!this.ids.delete(id)) continue;
      this.whole.drop(id);
      this.steps.drop(id);
      this.likeness.drop(id);
    }
  }
}
