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

// So many hits may be checked before the rate counts: what is young must be checked when it is young.
const CREDIT = 12;
// Below it, checks are drawn the more seldom the less is left: for those that need it most.
const SCARCE = 4;

/**
 * Draws audits. A hit is checked the likelier
 * - the larger its doubt is beside the largest that is borne,
 * - the less the template was right before, and
 * - if it has read a value outside those it has read: there a limit shows that nothing else tells of.
 * Over time at most `maxAuditRate` of the hits are checked. The rule is that of vCache (Schroeder et al., arXiv 2502.03771),
 * which asks in place of serving; here what is served stays within the bound, and asking finds where the estimate was wrong.
 */
export class Audits {
  private credit = CREDIT;
  private hits = 0;
  private doubts = 0;
  private asked = 0;
  private answered = 0;
  private disagreed = 0;

  constructor(private readonly settings: AuditSettings) {}

  /** Whether to check a hit; `undefined` for one that is exact. */
  due(hit: Audited | undefined): boolean {
    const { auditRate, random } = this.settings;
    this.hits++;
    this.doubts += hit?.doubt ?? 0;
    const isDue = auditRate === undefined ? hit !== undefined && this.isDrawn(hit) : auditRate > 0 && random() < auditRate;
    if (isDue) this.asked++;
    return isDue;
  }

  /** Notes what the model said where a hit was checked. */
  note(agreed: boolean): void {
    this.answered++;
    if (!agreed) this.disagreed++;
  }

  /** The bound, the share of wrong hits that is expected, and what audits cost and found. */
  figures(): AuditFigures {
    const { hits, doubts, asked, answered, disagreed } = this;
    return { maxErrorRate: this.settings.maxErrorRate, expectedErrorRate: hits > 0 ? doubts / hits : 0, asked, answered, disagreed };
  }

  private isDrawn({ doubt, agreements, isOutside }: Audited): boolean {
    const { maxErrorRate, maxAuditRate, random } = this.settings;
    if (maxAuditRate === 0) return false;
    this.credit = Math.min(CREDIT, this.credit + maxAuditRate);
    const young = 4 / (agreements + 1) ** 2;
    const likely = isOutside ? 1 : Math.min(1, doubt / maxErrorRate + young);
    if (this.credit < 1 || random() >= likely * Math.min(1, this.credit / SCARCE)) return false;
    this.credit--;
    return true;
  }
}

/** Audits in figures, since the cache was created. */
export interface AuditFigures {
  /** The largest share of wrong hits that is borne. */
  readonly maxErrorRate: number;
  /** The share of all hits that is expected to be wrong, by their doubts when they were served. */
  readonly expectedErrorRate: number;
  /** Hits that were marked for an audit, audits whose answer was observed, and how many of these said something else. */
  readonly asked: number;
  readonly answered: number;
  readonly disagreed: number;
}
