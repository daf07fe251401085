/** How long the phases of a call took. */

/** The phases. Filling replies and checks are part of lookups; learning is done in the background. */
export type Phase = "lookup" | "check" | "hydrate" | "learn";

/** How often something was done, and how many milliseconds it took in all. */
export interface Spell {
  readonly count: number;
  readonly ms: number;
}

/** Sums up. */
export class Times {
  private readonly spells: Record<Phase, { count: number; ms: number }> = {
    lookup: { count: 0, ms: 0 },
    check: { count: 0, ms: 0 },
    hydrate: { count: 0, ms: 0 },
    learn: { count: 0, ms: 0 },
  };

  note(phase: Phase, took: number): void {
    this.spells[phase].count++;
    this.spells[phase].ms += took;
  }

  snapshot(): Readonly<Record<Phase, Spell>> {
    const { lookup, check, hydrate, learn } = this.spells;
    return { lookup: { ...lookup }, check: { ...check }, hydrate: { ...hydrate }, learn: { ...learn } };
  }
}
