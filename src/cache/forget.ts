/** Which entries a `forget` means. */
import * as z from "zod";
import { RepriseError } from "../errors.js";
import { toolsIn } from "../template/traits.js";
import type { Entry } from "../tree/knowledge.js";

const schema = z.strictObject({
  template: z.string().optional(),
  tool: z.string().optional(),
  model: z.string().optional(),
  namespace: z.string().optional(),
  olderThan: z.number().min(0).optional(),
});

/**
 * What to forget; an entry goes if it meets every criterion given, and there must be one. `template`: this
 * template or exact entry. `tool`: its conversation or reply calls the tool. `model`: it was learned from
 * this model. `namespace`: everything, if this is the cache's namespace. `olderThan`: learned more than this
 * many ms ago.
 */
export type ForgetFilter = z.input<typeof schema>;

/**
 * A filter as it is told to other processes, whose clocks and options are their own. No criterion means
 * everything.
 */
export interface Criteria {
  readonly template?: string;
  readonly tool?: string;
  readonly model?: string;
  /** Learned before this time, in ms since the epoch. */
  readonly before?: number;
}

/**
 * The criteria a filter stands for at this time; `undefined` if it means another namespace. Throws
 * `RepriseError` `BAD_FILTER` for unknown, malformed or no criteria.
 */
export function criteriaOf(filter: ForgetFilter, namespace: string, now: number): Criteria | undefined {
  const parsed = schema.safeParse(filter);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const name = issue?.code === "unrecognized_keys" ? issue.keys.join(", ") : issue?.path.join(".");
    throw new RepriseError("BAD_FILTER", `forget has no valid criterion "${name ?? ""}"`);
  }
  const { template, tool, model, namespace: wanted, olderThan } = parsed.data;
  if ([template, tool, model, wanted, olderThan].every((criterion) => criterion === undefined)) {
    throw new RepriseError(
      "BAD_FILTER",
      "forget needs at least one criterion; { namespace } forgets everything",
    );
  }
  if (wanted !== undefined && wanted !== namespace) return undefined;
  return {
    ...(template !== undefined && { template }),
    ...(tool !== undefined && { tool }),
    ...(model !== undefined && { model }),
    ...(olderThan !== undefined && { before: now - olderThan }),
  };
}

/** Whether an entry meets all criteria. */
export function meets(entry: Entry, { template, tool, model, before }: Criteria): boolean {
  return (
    (template === undefined || entry.id === template) &&
    (model === undefined || entry.model === model) &&
    (before === undefined || entry.at < before) &&
    (tool === undefined || callsTool(entry, tool))
  );
}

/** Whether criteria are met by whatever there is. */
export function isEverything({ template, tool, model, before }: Criteria): boolean {
  return [template, tool, model, before].every((criterion) => criterion === undefined);
}

function callsTool(entry: Entry, tool: string): boolean {
  try {
    const turns =
      entry.kind === "exchange"
        ? [...entry.turns, entry.said]
        : [...entry.template.turns, entry.template.reply];
    return turns.some((turn) => toolsIn(turn).includes(tool));
  } catch {
    // A stored exchange that turns out to be damaged: what it calls cannot be told, and it is never served.
    return true;
  }
}
