/** What the configuration says of hooks: functions and plugins that look at every request. */
import * as z from "zod";

/** The section `hooks`. */
export const hooksSection = z.array(z.strictObject({}));

/** The section `hooks`, read. */
export type HooksConfig = z.output<typeof hooksSection>;
