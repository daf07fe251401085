/** Runs each test once as it is, and then again for each mutant it reaches, until one of them fails. */
import { appendFileSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { type RunnerTestCase, type RunnerTestSuite, TestRunner } from "vitest";
import type { Mutant } from "./mutants.ts";
import { mutantSwitch } from "./switch.ts";

/** What a run is told. */
export interface Task {
  /** Where one line of JSON goes for each fate. */
  readonly fates: string;
  readonly mutants: readonly Mutant[];
}

/**
 * A line of it. What is `unrepeatable` is a test, and asked no more. `tried` comes before the others: where
 * nothing follows, it was this one that did not end.
 */
export interface Fate {
  readonly id: number;
  readonly fate: "tried" | "killed" | "survived" | "unreached" | "unrepeatable";
  readonly by?: string;
}

interface Reached {
  readonly test: RunnerTestCase;
  readonly ids: ReadonlySet<number>;
  /** What it took as it is, in milliseconds of work and in questions to the switch. */
  readonly took: number;
  readonly count: number;
}

// A test that takes longer is not asked, and no mutant is tried for longer; in milliseconds of work, as the
// tests take without it.
const SLOW = 3_000;
const PATIENCE = 5_000;
// The id of no mutant.
const NOBODY = -1;
// A mutant may cost so many times what the test costs without it.
const MORE = 20;

export default class MutationRunner extends TestRunner {
  private readonly reached: Reached[] = [];

  async runTask(test: RunnerTestCase): Promise<void> {
    fc.configureGlobal({ endOnFailure: true });
    const ids = new Set<number>();
    Object.assign(mutantSwitch, { active: NOBODY, asked: ids, count: 0, limit: Number.POSITIVE_INFINITY });
    const start = worked();
    try {
      await TestRunner.getTestFn(test)();
    } finally {
      mutantSwitch.asked = undefined;
    }
    const took = worked() - start;
    if (took <= SLOW) this.reached.push({ test, ids, took, count: mutantSwitch.count });
  }

  override async onAfterRunSuite(suite: RunnerTestSuite): Promise<void> {
    // While the file is open: its snapshots are compared too.
    if (suite === suite.file) await this.tryMutants();
    await super.onAfterRunSuite(suite);
  }

  private async tryMutants(): Promise<void> {
    const { fates, mutants } = JSON.parse(readFileSync(process.env.MUTATION_TASK ?? "", "utf8")) as Task;
    const tell = (fate: Fate): void => appendFileSync(fates, `${JSON.stringify(fate)}\n`);
    const repeatable = new Map<Reached, boolean>();
    /** A test that fails the second time without any mutant says nothing. */
    const isRepeatable = async (each: Reached): Promise<boolean> => {
      const known = repeatable.get(each) ?? !(await this.fails(each, NOBODY));
      if (!known && !repeatable.has(each)) tell({ id: NOBODY, fate: "unrepeatable", by: each.test.name });
      repeatable.set(each, known);
      return known;
    };
    for (const mutant of mutants) {
      const { id } = mutant;
      tell({ id, fate: "tried" });
      // Those that reach least come first: they are about what they reach.
      const reaching = this.reached
        .filter(({ ids }) => ids.has(id))
        .sort((left, right) => left.ids.size - right.ids.size || left.took - right.took);
      let left = PATIENCE;
      let by: string | undefined;
      for (const each of reaching) {
        left -= each.took;
        if (left < 0) break;
        if ((await isRepeatable(each)) && (await this.fails(each, id))) {
          by = each.test.name;
          break;
        }
      }
      if (reaching.length === 0) tell({ id, fate: "unreached" });
      else tell(by === undefined ? { id, fate: "survived" } : { id, fate: "killed", by });
    }
  }

  private async fails({ test, took, count }: Reached, id: number): Promise<boolean> {
    Object.assign(mutantSwitch, { active: id, count: 0, limit: count * MORE + 100_000 });
    let timer: NodeJS.Timeout | undefined;
    const tooLong = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error("too long")), took * MORE + 5_000);
    });
    try {
      this.onBeforeTryTask(test, { retry: 0, repeats: 0 });
      await Promise.race([TestRunner.getTestFn(test)(), tooLong]);
      this.onAfterTryTask(test);
      return false;
    } catch {
      return true;
    } finally {
      clearTimeout(timer);
      mutantSwitch.active = NOBODY;
      mutantSwitch.limit = Number.POSITIVE_INFINITY;
    }
  }
}

/** The milliseconds that this process has worked: what others do on the machine does not count. */
function worked(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}
