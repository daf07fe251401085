/**
 * Prices of model calls from a table that is kept by others.
 * @module reprise/prices
 */
import { calcPrice } from "@pydantic/genai-prices";
import type { Prices, Usage } from "reprise";

/**
 * What a call costs in US dollars by the table of `@pydantic/genai-prices`, as the option `prices` wants it; `undefined`
 * for a model that is not in it. Takes names as the adapters write them: `gpt-5-mini`, `openai/gpt-5-mini`,
 * `openrouter.chat/anthropic/claude-sonnet-4-5`. Names in `own` go before the table: US dollars for a million tokens.
 */
export function genaiPrices(
  own: Exclude<Prices, (...args: never[]) => unknown> = {},
): (model: string, usage: Usage) => number | undefined {
  return (model, usage) => {
    for (const name of namesOf(model)) {
      const rates = Object.hasOwn(own, name) ? own[name] : undefined;
      if (rates) return (rates.input * usage.inputTokens + rates.output * usage.outputTokens) / 1e6;
    }
    for (const name of namesOf(model)) {
      const found = lookUp(name, usage);
      if (found !== undefined) return found;
    }
    return undefined;
  };
}

/** A name, and what is left of it without what stands before each slash. */
function namesOf(model: string): string[] {
  const parts = model.split("/");
  return parts.map((_, index) => parts.slice(index).join("/"));
}

function lookUp(model: string, { inputTokens, outputTokens }: Usage): number | undefined {
  const [, provider, name] = /^([\w-]+)[^/]*\/(.+)$/.exec(model) ?? [];
  const usage = { input_tokens: Math.round(inputTokens), output_tokens: Math.round(outputTokens) };
  const found =
    (provider !== undefined && name !== undefined && calcPrice(usage, name, { providerId: provider })) ||
    calcPrice(usage, model);
  return found?.total_price;
}
