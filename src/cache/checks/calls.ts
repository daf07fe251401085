/** The calls of a reply that checks look at: what each sees now, and whether that is what was seen then. */
import { digestOf } from "../../answer/normalise.js";
import { type Emit, nameOf } from "../../events.js";
import { type Redact, redactedJson } from "../../redact.js";
import type { SeenCall, Sighting } from "../../tree/sightings.js";
import type { Reply } from "../../types.js";
import { type Check, deadlineOf, inTime, isAccepted, takenOf } from "./check.js";

/** What looking at calls needs. */
export interface Looking {
  readonly checks: ReadonlyMap<string, Check>;
  readonly redact: Redact | undefined;
  readonly emit: Emit;
}

/** One call that a check looks at. */
export interface LookedAt {
  readonly tool: string;
  /** The arguments as the call has them. */
  readonly text: string;
  readonly check: Check;
  /** Tells its arguments from others. */
  readonly args: () => string;
  /** What the check sees now; `undefined` where it failed, which was told. */
  readonly taken: Promise<string | undefined>;
  /** When it must have been compared. */
  readonly end: number;
  /** What it was compared with before, and what came of that. */
  readonly compared: Map<string, boolean>;
}

/** Has the checks of a reply's calls look at the world, all at once. */
export function lookAt(reply: Pick<Reply, "tool_calls">, context: unknown, how: Looking): LookedAt[] {
  const looked: LookedAt[] = [];
  for (const { function: called } of reply.tool_calls ?? []) {
    const check = how.checks.get(called?.name);
    if (!check?.capture) continue;
    const end = deadlineOf(check);
    const args = (): string => argsKey(JSON.parse(called.arguments), how.redact);
    const call = { tool: called.name, text: called.arguments, check, args, end, compared: new Map() };
    looked.push({ ...call, taken: take(call, context, how) });
  }
  return looked;
}

async function take(
  { check, text, end }: Pick<LookedAt, "check" | "text" | "end">,
  context: unknown,
  { redact, emit }: Looking,
): Promise<string | undefined> {
  try {
    const args = JSON.parse(text) as Readonly<Record<string, unknown>>;
    return takenOf(await inTime(check.capture?.(args, context), end), redact);
  } catch (error) {
    emit("fault", { where: "check", error: nameOf(error) });
    return undefined;
  }
}

/** Whether a reply calls a tool that a check looks at. */
export function isLookedAt({ tool_calls }: Reply, { checks }: Pick<Looking, "checks">): boolean {
  return tool_calls?.some((call) => checks.get(call.function.name)?.capture) ?? false;
}

/** A call as it is kept; `undefined` where nothing was seen. */
export async function seenCall({ tool, args, taken }: LookedAt): Promise<SeenCall | undefined> {
  const seen = await taken;
  return seen === undefined ? undefined : { tool, args: args(), seen };
}

/** Tells the arguments of calls from others. */
export function argsKey(args: unknown, redact: Redact | undefined): string {
  return digestOf(redact ? redactedJson(args, redact) : args).slice(0, 16);
}

// How many different things one call's state is compared with.
const MOST_COMPARED = 64;

/** Whether what a call's check sees now is what was seen then. Rejects with what `compare` throws, and when it is late. */
export async function isAsThen({ check, taken, end, compared }: LookedAt, then: string): Promise<boolean> {
  const known = compared.get(then);
  if (known !== undefined) return known;
  const now = await taken;
  if (now === undefined || compared.size >= MOST_COMPARED) return false;
  const likeness = check.compare?.(JSON.parse(now), JSON.parse(then)) ?? false;
  const verdict = isAccepted(await inTime(likeness, end), check);
  compared.set(then, verdict);
  return verdict;
}

/**
 * Whether the calls of a reply see now what was seen in one sighting: call by call where it has the same
 * calls, else each call what some call of its tool saw. `around` are calls of other replies that were looked
 * at too: what the sighting tells of those must be so as well.
 */
export async function fitsSighting(
  looked: readonly LookedAt[],
  { calls, beside }: Sighting,
  around: readonly LookedAt[] = [],
): Promise<boolean> {
  const isSame =
    calls.length === looked.length && calls.every(({ tool }, index) => tool === looked[index]?.tool);
  const pairs = looked.map((call, index) => ({
    call,
    known: isSame ? calls.slice(index, index + 1) : calls.filter(({ tool }) => tool === call.tool),
  }));
  for (const seen of beside) {
    const call = around.find((other) => other.tool === seen.tool && other.args() === seen.args);
    if (call) pairs.push({ call, known: [seen] });
  }
  if (pairs.length === 0) return false;
  const verdicts = await Promise.all(
    pairs.map(async ({ call, known }) => {
      for (const { seen } of known) if (await isAsThen(call, seen)) return true;
      return false;
    }),
  );
  return verdicts.every(Boolean);
}
