/** Which entries a `forget` means. */
import * as z from "zod";
import { RepriseError } from "./errors.js";
import { toolsIn } from "./template/traits.js";
import type { Entry } from "./tree/knowledge.js";

const schema = z.strictObject({
  template: z.string().optional(),
  tool: z.string().optional(),
  model: z.string().optional(),
  namespace: z.string().optional(),
  olderThan: z.number().min(0).optional(),
});

/**
 * What to forget; an entry goes if it meets every criterion given, and there must be one. `template`: this template or
 * exact entry. `tool`: its conversation or reply calls the tool. `model`: it was learned from this model.
 * `namespace`: everything, if this is the cache's namespace. `olderThan`: learned more than this many ms ago.
 */
export type ForgetFilter = z.input<typeof schema>;

/** The test a filter stands for. Throws `RepriseError` `BAD_FILTER` for unknown, malformed or no criteria. */
export function forgetTest(filter: ForgetFilter, namespace: string, now: number): (entry: Entry) => boolean {
  const parsed = schema.safeParse(filter);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const name = issue?.code === "unrecognized_keys" ? issue.keys.join(", ") : issue?.path.join(".");
    throw new RepriseError("BAD_FILTER", `forget has no valid criterion "${name ?? ""}"`);
  }
  const { template, tool, model, namespace: wanted, olderThan } = parsed.data;
  if ([template, tool, model, wanted, olderThan].every((criterion) => criterion === undefined)) {
    throw new RepriseError("BAD_FILTER", "forget needs at least one criterion; { namespace } forgets everything");
  }
  return (entry) =>
    (template === undefined || entry.id === template) &&
    (model === undefined || entry.model === model) &&
    (wanted === undefined || wanted === namespace) &&
    (olderThan === undefined || now - entry.at > olderThan) &&
    (tool === undefined || callsTool(entry, tool));
}

function callsTool(entry: Entry, tool: string): boolean {
  try {
    const turns = entry.kind === "exchange" ? [...entry.turns, entry.said] : [...entry.template.turns, entry.template.reply];
    return turns.some((turn) => toolsIn(turn).includes(tool));
  } catch {
    // A stored exchange that turns out to be damaged: what it calls cannot be told, and it is never served.
    return true;
  }
}
