/** What the configuration says of how much may be asked. */
import * as z from "zod";

/** The section `limits`. */
export const limitsSection = z.strictObject({});

/** The section `limits`, read. */
export type LimitsConfig = z.output<typeof limitsSection>;
