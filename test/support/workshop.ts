/** A workshop and exchanges for tests of single stages. */
import { DataFlow } from "../../src/learn/flow/data-flow.js";
import { Observation } from "../../src/learn/observation.js";
import { Pace } from "../../src/learn/schedule/pace.js";
import type { Workshop } from "../../src/learn/stage.js";
import { Memory } from "../../src/learn/trial/memory.js";
import type { UserFunction } from "../../src/template/derivation/evaluate.js";
import { printExpression } from "../../src/template/derivation/print.js";
import { printReply, printTurnPattern } from "../../src/template/print.js";
import type { Template } from "../../src/template/template.js";
import type { Turn } from "../../src/template/turn.js";
import { createLearnt } from "../../src/tree/entry.js";
import { takeIn } from "../../src/tree/facts.js";
import { type Exchange, Knowledge, type Learnt, type Origin } from "../../src/tree/knowledge.js";
import { exchangeOf } from "./turns.js";

export const observationOf = (turns: readonly Turn[], said: Turn): Observation =>
  new Observation(exchangeOf(turns, said));

/** The templates that the data flow of an exchange suggests. */
export const dataFlow = (turns: readonly Turn[], said: Turn): Promise<Template | undefined> =>
  new DataFlow(turns, said).closed();
export const openFlow = (
  turns: readonly Turn[],
  said: Turn,
  isData: (text: string) => boolean,
): Promise<Template | undefined> => new DataFlow(turns, said).open(isData);
export const laterFlow = (turns: readonly Turn[], said: Turn): Promise<Template | undefined> =>
  new DataFlow(turns, said).later();

/** A template as people read it: a line for each turn, the guards, the reply. */
export function printed(template: Template | undefined): string[] | undefined {
  return (
    template && [
      ...template.turns.map(printTurnPattern),
      ...template.guards.map((guard) => `if ${printExpression(guard)}`),
      `⇒ ${printReply(template.reply)}`,
    ]
  );
}

/** What a workshop was told. */
export interface Bench {
  readonly workshop: Workshop;
  readonly knowledge: Knowledge;
  readonly kept: Learnt[];
  readonly agreed: [id: string, witness: string][];
  readonly contradicted: string[];
}

/** A workshop over knowledge of its own. */
export function bench(functions: Record<string, UserFunction> = {}): Bench {
  const knowledge = new Knowledge({ maxEntries: 1_000, maxSize: 1e9 });
  const kept: Learnt[] = [];
  const agreed: [string, string][] = [];
  const contradicted: string[] = [];
  const made = (
    template: Template,
    { scope, at, model, details }: Exchange,
    origin: Origin = "induced",
  ): Learnt => createLearnt({ template, origin, scope, at, model, details });
  const workshop: Workshop = {
    knowledge,
    trust: { policy: "verified", minAgreements: 2, maxErrorRate: 0.01 },
    evaluation: { functions: new Map(Object.entries(functions)) },
    pace: new Pace(),
    memory: new Memory(),
    known(template, from) {
      const known = knowledge.get(made(template, from).id);
      return known?.kind === "template" ? known : undefined;
    },
    isNew: (template, from) => !knowledge.hasSkeleton(made(template, from).skeleton),
    keep(template, origin, from) {
      const learnt = made(template, from, origin);
      knowledge.add(learnt);
      kept.push(learnt);
      return learnt;
    },
    note(right, kind, witness) {
      knowledge[right ? "agree" : "contradict"](kind, witness);
    },
    know(scope, facts) {
      takeIn(knowledge, scope, facts);
    },
    agree(learnt, witness) {
      agreed.push([learnt.id, witness]);
      knowledge.agree(learnt.skeleton, witness);
    },
    contradict(learnt, witness) {
      contradicted.push(learnt.id);
      knowledge.contradict(learnt.id, witness);
    },
  };
  return { workshop, knowledge, kept, agreed, contradicted };
}
