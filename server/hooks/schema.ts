/** What the configuration says of hooks: functions and plugins that look at every request. */
import * as z from "zod";
import { count, name, seconds } from "../config/fields.js";

const hookSection = z
  .strictObject({
    name: name.optional().describe("in logs and metrics; without one, the hook's own or the file's"),
    module: z
      .string()
      .min(1)
      .optional()
      .describe("a file of JavaScript or TypeScript, from here; it exports `hook`"),
    wasm: z.string().min(1).optional().describe("a plugin, from here; instead of `module`"),
    on_error: z
      .enum(["open", "closed"])
      .optional()
      .describe(
        "what a failure means: the call goes on without it, or is refused; without it, what the hook says",
      ),
    timeout: seconds.default(5).describe("how long one function of it may take"),
    memory: count.default(16).describe("of a plugin, in megabytes"),
    options: z.record(z.string(), z.unknown()).default({}).describe("what it is handed"),
  })
  .superRefine(({ module, wasm }, context) => {
    if ((module === undefined) === (wasm === undefined))
      context.addIssue({ code: "custom", message: "needs `module` or `wasm`, one of them" });
  });

/** The section `hooks`. */
export const hooksSection = z.array(hookSection);

/** The section `hooks`, read. */
export type HooksConfig = z.output<typeof hooksSection>;
