import { describe, expect, it } from "vitest";
import { type Audited, type AuditSettings, Audits } from "../../src/trust/audits.js";

const settings = (more: Partial<AuditSettings> = {}): AuditSettings => ({
  maxErrorRate: 0.01,
  maxAuditRate: 0.05,
  random: () => 0.3,
  ...more,
});
const hit = (more: Partial<Audited> = {}): Audited => ({
  doubt: 0.0001,
  agreements: 100,
  isOutside: false,
  ...more,
});

function drawn(audits: Audits, count: number, each: Audited | undefined): number {
  let all = 0;
  for (let index = 0; index < count; index++) if (audits.draw(each) !== undefined) all++;
  return all;
}

describe("audits", () => {
  it("are drawn for what is doubted, young or outside of what was seen, and hardly for what is proven", () => {
    const isDrawn = (each: Audited): boolean => new Audits(settings()).draw(each) !== undefined;
    expect(isDrawn(hit())).toBe(false);
    expect(isDrawn(hit({ doubt: 0.009 }))).toBe(true);
    expect(isDrawn(hit({ doubt: 0.002, agreements: 1 }))).toBe(true);
    expect(isDrawn(hit({ doubt: 0.002, isOutside: true }))).toBe(true);
    expect(isDrawn(hit({ doubt: 0.002 }))).toBe(false);
  });

  it("cost no more than their rate over time, however much is doubted", () => {
    let seed = 1;
    const random = (): number => {
      seed = (seed * 16_807) % 2_147_483_647;
      return seed / 2_147_483_647;
    };
    const audits = new Audits(settings({ random }));
    expect(drawn(audits, 4_000, hit({ doubt: 0.01, agreements: 0 }))).toBeLessThanOrEqual(4_000 * 0.05 + 12);
    expect(audits.figures().asked).toBeGreaterThan(150);
  });

  it("are always drawn for what is doubted more than is borne, at no cost to the others", () => {
    const audits = new Audits(settings({ random: () => 0.999 }));
    expect(drawn(audits, 500, hit({ doubt: 0.02 }))).toBe(500);
    expect(audits.draw(hit({ doubt: 0.0099, agreements: 0 }))).toBe(1);
  });

  it("find what nobody doubts by what is left over", () => {
    let turn = 0;
    const audits = new Audits(settings({ random: () => (turn++ % 100) / 100 }));
    const all = drawn(audits, 2_000, hit());
    expect(all).toBeGreaterThan(20);
    expect(all).toBeLessThanOrEqual(100);
  });

  it("give the chance they were drawn with, by which an observation is weighed", () => {
    expect(new Audits(settings()).draw(hit({ doubt: 0.005, agreements: 1_000 }))).toBeCloseTo(0.5, 2);
  });

  it("follow a fixed rate instead, for exact hits too, and are off at 0", () => {
    const fixed = new Audits(settings({ auditRate: 0.5 }));
    expect([fixed.draw(undefined), fixed.draw(hit())]).toEqual([0.5, 0.5]);
    expect(drawn(new Audits(settings({ auditRate: 0 })), 100, hit({ doubt: 1 }))).toBe(0);
    expect(drawn(new Audits(settings({ maxAuditRate: 0 })), 100, hit({ doubt: 1 }))).toBe(0);
    expect(new Audits(settings()).draw(undefined)).toBeUndefined();
  });

  it("tell the bound, what is expected, and what they found", () => {
    const audits = new Audits(settings());
    audits.draw(hit({ doubt: 0.008 }));
    audits.draw(undefined);
    audits.note(true);
    audits.note(false);
    expect(audits.figures()).toEqual({
      maxErrorRate: 0.01,
      expectedErrorRate: 0.004,
      asked: 1,
      answered: 2,
      disagreed: 1,
    });
  });
});
