/** What the configuration says of the log of requests. */
import * as z from "zod";

/** The section `log`. */
export const logSection = z.strictObject({});

/** The section `log`, read. */
export type LogConfig = z.output<typeof logSection>;
