/** Which hits are checked: the model is asked too, and its word decides what becomes of the template. */

/** What an audit is drawn by. */
export interface Audited {
  /** The share of predictions like this one that is expected to be wrong, from 0 to 1. */
  readonly doubt: number;
  /** How often the template was right before. */
  readonly agreements: number;
  /** A value lies outside those that the template has read so far. */
  readonly isOutside: boolean;
}

export interface AuditSettings {
  readonly maxErrorRate: number;
  readonly maxAuditRate: number;
  /** Overrides the rest: this share of all hits, exact ones included, is checked. */
  readonly auditRate?: number | undefined;
  readonly random: () => number;
}

// So many hits may be checked before the rate counts: what is young must be checked when it is young. Some
// more are borrowed for those that need it most.
const CREDIT = 8;
const MOST_DEBT = 4;
// A check that is drawn with less than this chance waits until there is credit for it.
const URGENT = 0.5;

/**
 * Draws audits. A hit is checked the likelier
 * - the larger its doubt is beside the largest that is borne,
 * - the less the template was right before, and
 * - if it has read a value outside those it has read: there a limit shows that nothing else tells of.
 *
 * What is doubted more than is borne, and is served by `eager` alone, is always checked, so that an error
 * lives once. Of the other hits over time at most `maxAuditRate` are checked. That a cache has a bound on its
 * error, estimated for each entry, is the idea of vCache (Schroeder et al., arXiv 2502.03771), which asks in
 * place of serving; here nothing above the bound is served, and asking finds where the estimate was wrong.
 */
export class Audits {
  private credit = CREDIT;
  private hits = 0;
  private doubts = 0;
  private asked = 0;
  private answered = 0;
  private disagreed = 0;

  constructor(private readonly settings: AuditSettings) {}

  /**
   * Draws whether to check a hit, `undefined` for one that is exact. Gives the chance with which it was
   * drawn, from 0 to 1; `undefined` if it was not.
   */
  draw(hit: Audited | undefined): number | undefined {
    const { auditRate, random } = this.settings;
    this.hits++;
    this.doubts += hit?.doubt ?? 0;
    const isForced = auditRate === undefined && hit !== undefined && this.isDoubted(hit);
    const chance = auditRate ?? (isForced ? 1 : hit ? this.chanceOf(hit) : 0);
    if (chance <= 0 || random() >= chance) return undefined;
    this.asked++;
    if (auditRate === undefined && !isForced) this.credit--;
    return chance;
  }

  /** Notes what the model said where a hit was checked. */
  note(agreed: boolean): void {
    this.answered++;
    if (!agreed) this.disagreed++;
  }

  /** The bound, the share of wrong hits that is expected, and what audits cost and found. */
  figures(): AuditFigures {
    const { hits, doubts, asked, answered, disagreed } = this;
    return {
      maxErrorRate: this.settings.maxErrorRate,
      expectedErrorRate: hits > 0 ? doubts / hits : 0,
      asked,
      answered,
      disagreed,
    };
  }

  private isDoubted({ doubt }: Audited): boolean {
    return this.settings.maxAuditRate > 0 && doubt > this.settings.maxErrorRate;
  }

  private chanceOf({ doubt, agreements, isOutside }: Audited): number {
    const { maxErrorRate, maxAuditRate } = this.settings;
    if (maxAuditRate === 0) return 0;
    this.credit = Math.min(CREDIT, this.credit + maxAuditRate);
    const need = doubt / maxErrorRate;
    const young = 4 / (agreements + 1) ** 2;
    // Where next to nothing is ever wrong, what is young or unusual is no reason either.
    const chance = Math.min(1, need + Math.min(1, 10 * need) * (isOutside ? 1 : young));
    if (chance >= URGENT) return this.credit >= 1 - MOST_DEBT ? chance : 0;
    // What is left over is spent on what nobody doubts: a model or a tool that has changed shows nowhere
    // else.
    return this.credit >= 1 ? Math.max(chance, (maxAuditRate / 2) * (this.credit / CREDIT)) : 0;
  }
}

/** Audits in figures, since the cache was created. */
export interface AuditFigures {
  /** The largest share of wrong hits that is borne. */
  readonly maxErrorRate: number;
  /** The share of all hits that is expected to be wrong, by their doubts when they were served. */
  readonly expectedErrorRate: number;
  /**
   * Hits that were marked for an audit, audits whose answer was observed, and how many of these said
   * something else.
   */
  readonly asked: number;
  readonly answered: number;
  readonly disagreed: number;
}
