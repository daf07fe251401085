import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formOf } from "../../src/tree/form.js";
import {
  decodeReview,
  encodeReview,
  excusable,
  isContradictedSince,
  type KeptReview,
  Reviews,
  reviewId,
} from "../../src/tree/reviews.js";
import { learntOf, templateOf } from "../support/turns.js";

const review = (more: Partial<KeptReview> = {}): KeptReview => ({
  verdict: "approve",
  author: "Ann",
  reason: "read it",
  at: 1,
  excused: [],
  ...more,
});
const learnt = learntOf(templateOf("Hello {{name}}"));

describe("what people have said of templates", () => {
  it("is read back as it was written, whatever it says", () => {
    const text = fc.string({ unit: "grapheme", maxLength: 100 });
    const any = fc.record({
      verdict: fc.constantFrom("approve" as const, "retire" as const),
      author: text,
      reason: text,
      at: fc.integer(),
      excused: fc.array(text, { maxLength: 5 }),
    });
    fc.assert(fc.property(any, (said) => void expect(decodeReview(encodeReview(said))).toEqual(said)));
  });

  it("fits into an event of the store, whatever it says", () => {
    const worst = review({
      author: '"'.repeat(100),
      reason: '\ud800\u0001"'.repeat(166),
      excused: Array(100).fill("0".repeat(12)),
    });
    const text = encodeReview(worst);
    expect(JSON.stringify([0, reviewId(learnt.id), worst.at, text]).length).toBeLessThan(4_096);
    expect(decodeReview(text)?.reason).not.toMatch(/\p{Cc}/u);
  });

  it("is not believed where it is no review", () => {
    for (const text of [
      "",
      "x",
      "null",
      "{}",
      '["approve"]',
      '["praise",1,"a","b",[]]',
      '["approve",null,"a","b",[]]',
    ])
      expect([text, decodeReview(text)]).toEqual([text, undefined]);
  });

  it("counts by its time, in whatever order it comes, and once", () => {
    const said = [
      review({ at: 1 }),
      review({ at: 3, verdict: "retire", reason: "wrong" }),
      review({ at: 2 }),
      review({ at: 3, reason: "as late" }),
    ].map(encodeReview);
    for (const order of [said, said.toReversed()]) {
      const reviews = new Reviews(1e6);
      const id = reviewId(learnt.id);
      expect(order.map((each) => reviews.note(id, each))).toEqual([true, true, true, true]);
      expect(reviews.note(id, said[0] as string)).toBe(false);
      expect(reviews.latest(learnt)).toMatchObject({ verdict: "retire", at: 3 });
      expect(reviews.of(learnt).map(({ at }) => at)).toEqual([3, 3, 2, 1]);
    }
  });

  it("is about one template, or about all of its form: the later of the two counts", () => {
    const reviews = new Reviews(1e6);
    const variant = learntOf(templateOf("Hello {{who:word}}"));
    const other = learntOf(templateOf("Goodbye {{name}}"));
    reviews.note(reviewId(formOf(learnt)), encodeReview(review({ verdict: "retire", at: 5 })));
    expect([learnt, variant, other].map((each) => reviews.latest(each)?.verdict)).toEqual([
      "retire",
      "retire",
      undefined,
    ]);
    reviews.note(reviewId(learnt.id), encodeReview(review({ at: 6 })));
    expect([learnt, variant].map((each) => reviews.latest(each)?.verdict)).toEqual(["approve", "retire"]);
  });

  it("excuses the contradictions that were known, and none that came later", () => {
    const before = new Set(["feedback-0c1b", "1".repeat(32), reviewId("x")]);
    const approval = review({ excused: excusable(before) });
    expect(isContradictedSince(approval, before)).toBe(false);
    expect(isContradictedSince(approval, new Set([...before, "2".repeat(32)]))).toBe(true);
    // Somebody else has retired it without knowing: that is settled by time alone.
    expect(isContradictedSince(approval, new Set([reviewId("y")]))).toBe(false);
  });
});
