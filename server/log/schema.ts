/** What the configuration says of the log of requests. */
import * as z from "zod";

/** The section `log`. */
export const logSection = z.strictObject({
  level: z
    .enum(["debug", "info", "warn", "error", "silent"])
    .default("info")
    .describe(
      "`info`: every request; `warn`: those that failed, by 400 and above; `error`: by 500 and above; `debug`: every attempt at a provider too",
    ),
  to: z
    .string()
    .min(1)
    .default("stdout")
    .describe("`stdout`, `stderr`, or a file, from here; it is appended to"),
});

/** The section `log`, read. */
export type LogConfig = z.output<typeof logSection>;
