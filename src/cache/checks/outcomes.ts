/** Compares what came back from a tool with what came back then, and knows the conversations that have left the known way. */
import type { Question } from "../../answer/asked.js";
import { nameOf } from "../../events.js";
import { BoundedMap, type Holding } from "../../template/bounded-map.js";
import type { Entry } from "../../tree/knowledge.js";
import { encodeResult } from "../../tree/sightings.js";
import { argsKey } from "./calls.js";
import { type Check, deadlineOf, inTime, isAccepted, takenOf } from "./check.js";
import type { CheckParts } from "./checks.js";

/** What a tool was called with, and what came back. */
export interface Outcome {
  readonly tool: string;
  readonly args: unknown;
  readonly result: unknown;
}

/**
 * What a verification has shown. `same`: it is as it was. `differs`: it is not, and the answer counts as bad.
 * `noted`: a model gave this answer, and what came back is kept to be compared with. `unknown`: there is
 * nothing to compare with, the answer is not known any more, or the check failed. `unchecked`: no check looks
 * at what comes back from this tool.
 */
export type Verification = "same" | "differs" | "noted" | "unknown" | "unchecked";

/** An answer that a tool was called for. */
interface Answer {
  readonly entry: string;
  readonly by: "cache" | "model";
  /** Where its conversation stood. */
  readonly place: string;
}

const MOST_ANSWERS = 10_000;
const MOST_DIVERGED = 1_000;
/** For how long a conversation that has left the known way is asked of the model, in ms since it was asked last. */
const DIVERGED_FOR = 3_600_000;

/** The answers that tools were called for. */
export class Outcomes {
  private readonly answers = new BoundedMap<string, Answer>({ maxEntries: MOST_ANSWERS });
  private readonly diverged = new BoundedMap<string, number>({ maxEntries: MOST_DIVERGED });

  constructor(private readonly parts: CheckParts) {}

  get holdings(): Readonly<Record<string, Holding>> {
    return { verifiable: this.answers.holding, diverged: this.diverged.holding };
  }

  /** Lets a verification come for an answer. */
  await(id: string, entry: Pick<Entry, "id">, at: { by: Answer["by"]; scope: string; chain: string }): void {
    this.answers.set(id, { entry: entry.id, by: at.by, place: placeOf(at.scope, at.chain) });
  }

  /** Whether a conversation goes on from where something else came back than was known. */
  hasDiverged({ scope, chain }: Pick<Question, "scope" | "chain">): boolean {
    if (this.diverged.size === 0) return false;
    const now = this.parts.responder.context.settings.now();
    for (const key of chain.slice(0, -1)) {
      const place = placeOf(scope, key);
      const at = this.diverged.get(place);
      if (at === undefined) continue;
      if (now - at > DIVERGED_FOR) this.diverged.delete(place);
      else return true;
    }
    return false;
  }

  /** See `Cache.verify`. Never rejects. */
  async verify(id: string, { tool, args, result }: Outcome): Promise<Verification> {
    const { looking, responder, keeper } = this.parts;
    const check = looking.checks.get(tool);
    if (!check?.after) return "unchecked";
    const answer = this.answers.peek(id);
    const entry = answer && responder.context.knowledge.get(answer.entry);
    if (!answer || !entry) return "unknown";
    const end = deadlineOf(check);
    try {
      const seen = takenOf(await inTime(check.after.capture(result), end), looking.redact);
      const key = argsKey(args ?? {}, looking.redact);
      if (answer.by === "model") {
        const witness = encodeResult({ tool, args: key, seen });
        if (witness === undefined) throw new RangeError("a capture must be short");
        keeper.see(entry.id, witness);
        return "noted";
      }
      const verdict = await this.compare(entry, { tool, args: key, seen }, { check, end });
      if (verdict === "differs") {
        this.diverged.set(answer.place, responder.context.settings.now());
        await responder.judge(id, "bad");
      }
      return verdict;
    } catch (error) {
      looking.emit("fault", { where: "check", error: nameOf(error) });
      return "unknown";
    }
  }

  private async compare(
    entry: Entry,
    now: { readonly tool: string; readonly args: string; readonly seen: string },
    { check, end }: { readonly check: Check; readonly end: number },
  ): Promise<"same" | "differs" | "unknown"> {
    const tried = new Set<string>();
    for (const { after } of this.parts.examples.of(entry)) {
      for (const { tool, args, seen } of after) {
        // Of an exchange the very call is meant; the calls of a template have other arguments each time.
        if (tool !== now.tool || (entry.kind === "exchange" && args !== now.args) || tried.has(seen))
          continue;
        tried.add(seen);
        const likeness = check.after?.compare(JSON.parse(now.seen), JSON.parse(seen)) ?? false;
        if (isAccepted(await inTime(likeness, end), check)) return "same";
        if (tried.size === MOST_COMPARED) return "differs";
      }
    }
    return tried.size === 0 ? "unknown" : "differs";
  }
}

const MOST_COMPARED = 64;

const placeOf = (scope: string, chain: string): string => `${scope} ${chain}`;
