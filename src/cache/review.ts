/** What a person decides about a template: it is served at once, or no more, and it stays known who said so and why. */
import * as z from "zod";
import { RepriseError } from "../errors.js";
import type { Emit } from "../events.js";
import type { Settings } from "../options.js";
import { shortDigest } from "../template/digest.js";
import { formOf } from "../tree/form.js";
import type { Knowledge, Learnt } from "../tree/knowledge.js";
import { encodeReview, excusable, LONGEST_AUTHOR, LONGEST_REASON, reviewId } from "../tree/reviews.js";
import type { Review } from "../types.js";
import type { Journal } from "./journal.js";
import type { Keeper } from "./keeper.js";

const schema = z.strictObject({
  reason: z.string().trim().min(1).max(LONGEST_REASON),
  author: z.string().trim().min(1).max(LONGEST_AUTHOR),
});

/** Why, and who says so. Both are kept, shown and exported; neither may be empty. */
export type ReviewDetails = z.input<typeof schema>;

interface Parts {
  readonly knowledge: Knowledge;
  readonly journal: Journal;
  readonly keeper: Keeper;
  readonly settings: Pick<Settings, "now">;
  readonly emit: Emit;
}

/** Takes in what people decide. */
export class Reviewer {
  constructor(private readonly parts: Parts) {}

  /**
   * Notes a decision, and tells the store. An approval is of one template as it is: it excuses what spoke against it
   * until now. To retire ends all that read and say the same by other names, or take other values. Returns whether there is such a template.
   * Throws `RepriseError` `BAD_REVIEW`.
   */
  note(id: string, verdict: Review["verdict"], details: ReviewDetails): boolean {
    const { reason, author } = checkDetails(details, verdict);
    const { knowledge, journal, keeper, settings, emit } = this.parts;
    const learnt = knowledge.get(id);
    if (learnt?.kind !== "template") return false;
    const form = formOf(learnt);
    // Under its own id it is told to whoever counts standings; under its form to those that come.
    const about = verdict === "approve" ? [reviewId(learnt.id)] : [reviewId(learnt.id), reviewId(form)];
    const meant = verdict === "approve" ? [learnt] : this.ofForm(form);
    const before = new Map(meant.map((each) => [each, keeper.standing(each)]));
    // One after the other, whatever the clock says.
    const last = knowledge.reviews.latest(learnt)?.at ?? Number.NEGATIVE_INFINITY;
    const now = Math.max(settings.now(), last + 1);
    const at = about.reduce((latest, each) => Math.max(latest, journal.moment(each, now)), now);
    const excused = verdict === "approve" ? excusable(knowledge.evidence(learnt).contradictions) : [];
    const witness = encodeReview({ verdict, author, reason, at, excused });
    for (const each of about) {
      knowledge.agree(each, witness);
      journal.note({ kind: "agree", id: each, witness, at });
    }
    // Earlier versions of this code know nothing of reviews, but what a contradiction is.
    if (verdict === "retire") for (const each of meant) this.contradict(each, witness, at);
    emit("reviewed", { template: id, verdict });
    for (const [each, was] of before) {
      const is = keeper.standing(each);
      if (is === "live" && was !== "live") emit("promoted", { template: each.id });
      if (is === "retired" && was !== "retired") emit("retired", { template: each.id, by: "review" });
    }
    return true;
  }

  private ofForm(form: string): readonly Learnt[] {
    const templates = [...this.parts.knowledge.each()].filter((entry) => entry.kind === "template");
    return templates.filter((learnt) => formOf(learnt) === form);
  }

  private contradict({ id }: Learnt, review: string, at: number): void {
    const { knowledge, journal } = this.parts;
    const witness = reviewId(shortDigest(review));
    if (knowledge.contradict(id, witness))
      journal.note({ kind: "contradict", id, witness, at: Math.max(at, journal.moment(id, at)) });
  }
}

function checkDetails(details: ReviewDetails, verdict: Review["verdict"]): z.output<typeof schema> {
  const parsed = schema.safeParse(details);
  if (parsed.success) return parsed.data;
  const name = parsed.error.issues[0]?.path.join(".") ?? "";
  const what =
    name === "reason"
      ? `a reason of at most ${LONGEST_REASON} characters`
      : name === "author"
        ? `an author of at most ${LONGEST_AUTHOR} characters`
        : "{ reason, author } and nothing else";
  throw new RepriseError("BAD_REVIEW", `${verdict} needs ${what}`);
}
