/**
 * What the thread that serves and the worker that learns tell each other: plain data, entries as the store
 * has them.
 */
import type { Curtailment } from "../learn/index.js";
import type { Outcome, Proposed } from "../learn/model/proposal.js";
import type { Question } from "../learn/model/question.js";
import type { Fact } from "../tree/facts.js";
import type { Verb } from "../tree/knowledge.js";
import type { EntryRecord } from "../tree/record.js";

/** A change of what is known, for the worker's copy. */
export type Change =
  | { readonly kind: "added"; readonly entry: EntryRecord }
  | { readonly kind: "removed"; readonly id: string }
  | { readonly kind: "noted"; readonly verb: Verb; readonly id: string; readonly witness: string }
  | { readonly kind: "dropped"; readonly id: string; readonly asWrong: boolean }
  | { readonly kind: "unlearned"; readonly scopes: ReadonlySet<string>; readonly wasErased: boolean }
  | { readonly kind: "broken-off"; readonly scopes: ReadonlySet<string> }
  | { readonly kind: "parted"; readonly scope: string; readonly from: string; readonly to: string };

/** Something to learn from; exchanges by id. */
export type Task =
  | {
      readonly kind: "learn";
      readonly exchange: string;
      readonly given: ReadonlyMap<string, string>;
      readonly weight: number;
      readonly isHandedOver: boolean;
    }
  | { readonly kind: "propose"; readonly proposed: Proposed }
  | { readonly kind: "recollect"; readonly exchanges: readonly string[] };

/** Changes come before the task that they belong to. */
export type ToWorker = { readonly kind: "changes"; readonly changes: readonly Change[] } | Task;

/** What was found: applied by the thread that serves as if it had found it. */
export type Finding =
  | { readonly kind: "keep"; readonly entry: EntryRecord }
  | { readonly kind: "note"; readonly right: boolean; readonly id: string; readonly witness: string }
  | { readonly kind: "agree" | "contradict"; readonly id: string; readonly witness: string }
  | { readonly kind: "know"; readonly scope: string; readonly facts: readonly Fact[] }
  | ({ readonly kind: "curtailed" } & Curtailment)
  | { readonly kind: "ask"; readonly question: Question }
  | { readonly kind: "tried"; readonly outcome: Outcome }
  | { readonly kind: "fault"; readonly error: string };

/** Findings in order; `isLast`: the task is done. */
export interface FromWorker {
  readonly findings: readonly Finding[];
  readonly isLast: boolean;
}
