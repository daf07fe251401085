/** Says to the mutated sources which mutant is switched on, and notes which of them were asked for. */

declare global {
  var __mutant: (id: number) => boolean;
}

/** Thrown where a mutant makes the sources go round and round. */
export class Endless extends Error {}

/** What is switched on, and what was asked. */
export interface Switch {
  active: number;
  /** The ids asked for, while it is noted. */
  asked: Set<number> | undefined;
  /** How often anything was asked, and how often it may be. */
  count: number;
  limit: number;
}

const shared = globalThis as typeof globalThis & { mutantSwitch?: Switch };
shared.mutantSwitch ??= { active: -1, asked: undefined, count: 0, limit: Number.POSITIVE_INFINITY };
export const mutantSwitch: Switch = shared.mutantSwitch;

globalThis.__mutant = (id) => {
  mutantSwitch.asked?.add(id);
  if (++mutantSwitch.count > mutantSwitch.limit) throw new Endless("a mutant does not end");
  return id === mutantSwitch.active;
};
