/**
 * A hook that gives each app key so many tokens a day. It refuses where a provider would be asked, so what the
 * cache knows is served all the same. It counts in this process: with several gateways, count in a store.
 */
import type { GatewayHook, JsonObject } from "reprise/hooks";

const DAY = 24 * 60 * 60 * 1_000;

export const hook = (options: JsonObject): GatewayHook => {
  const most = Number(options.tokens_a_day ?? 1_000_000);
  let day = 0;
  const spent = new Map<string, number>();

  function today(): Map<string, number> {
    const now = Math.floor(Date.now() / DAY);
    if (now !== day) spent.clear();
    day = now;
    return spent;
  }

  return {
    name: "budget",
    modelCall(_body, { key = "anyone" }) {
      if ((today().get(key) ?? 0) < most) return undefined;
      const retryAfter = Math.ceil((DAY - (Date.now() % DAY)) / 1_000);
      return { refuse: { status: 429, message: `the ${most} tokens of today are spent`, retryAfter } };
    },
    trace({ key = "anyone", inputTokens = 0, outputTokens = 0 }) {
      const counts = today();
      counts.set(key, (counts.get(key) ?? 0) + inputTokens + outputTokens);
    },
  };
};
