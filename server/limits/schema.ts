/** What the configuration says of how much may be asked. */
import * as z from "zod";
import { models, seconds } from "../config/fields.js";
import { secret } from "../config/secret.js";
import { keyLimits } from "../keys/app-key.js";

const modelLimits = keyLimits.extend({
  models: models.describe(
    "names, or patterns in which `*` stands for anything: all that fit share one limit",
  ),
});

/** The section `limits`. */
export const limitsSection = z.strictObject({
  store: secret
    .refine((text) => isStore(text.reveal()), "must be `memory`, `redis://…` or `postgresql://…`")
    .prefault("memory")
    .describe(
      "where requests and tokens are counted: `memory`, or `redis://…`, `postgresql://…` for several gateways together",
    ),
  timeout: seconds
    .default(0.25)
    .describe("how long that store may take; then memory counts, each gateway for itself"),
  key: keyLimits.prefault({}).describe("of each app key that has no limits of its own"),
  address: keyLimits.prefault({}).describe("of each address that asks; of IPv6, of each network of 64 bits"),
  models: z.array(modelLimits).default([]).describe("of models, all callers together"),
  count_hits: z
    .boolean()
    .default(false)
    .describe("count the tokens of hits as well, as if a model had answered"),
});

function isStore(text: string): boolean {
  return text === "memory" || (/^(?:rediss?|valkey|postgres(?:ql)?):\/\//.test(text) && URL.canParse(text));
}

/** The section `limits`, read. */
export type LimitsConfig = z.output<typeof limitsSection>;
