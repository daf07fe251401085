/** What hits saved, and what asking models cost the cache itself: in tokens, and in money where prices are known. */
import type { Prices } from "../options.js";
import type { Usage } from "../types.js";

/** What tokens went for: saved by hits, or spent on audits, or on a model that helps to learn. */
export type Purpose = "saved" | "audits" | "induction";

/** Money in US dollars, since the cache was created. */
export interface Money {
  /** What the model calls would have cost that hits stood for. */
  readonly saved: number;
  /** What audits have cost. */
  readonly audits: number;
  /** What a model has cost that helps to learn. */
  readonly induction: number;
  /** Calls that no price is known for: their model or their usage is not. They count for nothing above. */
  readonly unpriced: number;
}

interface Sum {
  calls: number;
  inputTokens: number;
  outputTokens: number;
}

// Names come from whoever calls: more than these are counted without a price.
const MOST_MODELS = 200;

/** Adds up tokens by model. Prices are asked for when somebody wants to know: a hit must not wait for them. */
export class Purse {
  private readonly sums: Readonly<Record<Purpose, Map<string, Sum>>> = {
    saved: new Map(),
    audits: new Map(),
    induction: new Map(),
  };
  private readonly totals = { saved: nothing(), audits: nothing(), induction: nothing() };
  private unknown = 0;

  /** Counts a call. */
  note(purpose: Purpose, model: string | undefined, usage: Usage | undefined): void {
    if (usage) add(this.totals[purpose], usage);
    const sums = this.sums[purpose];
    if (!usage || model === undefined || (!sums.has(model) && sums.size >= MOST_MODELS)) {
      this.unknown++;
      return;
    }
    const sum = sums.get(model) ?? nothing();
    sums.set(model, sum);
    add(sum, usage);
  }

  /** The tokens of a purpose, as far as they were told. */
  tokens(purpose: Purpose): Usage {
    const { inputTokens, outputTokens } = this.totals[purpose];
    return { inputTokens, outputTokens };
  }

  /** The same in money. Where a price depends on the size of a call, the average call of a model decides. */
  money(prices: Prices): Money {
    let unpriced = this.unknown;
    const worth = (purpose: Purpose): number => {
      let total = 0;
      for (const [model, sum] of this.sums[purpose]) {
        const price = priceOf(prices, model, averageOf(sum));
        if (price === undefined) unpriced += sum.calls;
        else total += price * sum.calls;
      }
      return total;
    };
    const [saved, audits, induction] = [worth("saved"), worth("audits"), worth("induction")];
    return { saved, audits, induction, unpriced };
  }
}

/** What a call costs in US dollars; `undefined` where no price is known, or whoever was asked has failed. */
export function priceOf(prices: Prices, model: string, usage: Usage): number | undefined {
  try {
    if (typeof prices !== "function") {
      const rates = Object.hasOwn(prices, model) ? prices[model] : undefined;
      return rates && (rates.input * usage.inputTokens + rates.output * usage.outputTokens) / 1e6;
    }
    const price = prices(model, usage);
    return typeof price === "number" && price >= 0 && Number.isFinite(price) ? price : undefined;
  } catch {
    return undefined;
  }
}

const nothing = (): Sum => ({ calls: 0, inputTokens: 0, outputTokens: 0 });

function add(sum: Sum, { inputTokens, outputTokens }: Usage): void {
  sum.calls++;
  sum.inputTokens += inputTokens;
  sum.outputTokens += outputTokens;
}

function averageOf({ calls, inputTokens, outputTokens }: Sum): Usage {
  return { inputTokens: inputTokens / calls, outputTokens: outputTokens / calls };
}
