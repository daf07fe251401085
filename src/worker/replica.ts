/**
 * The worker's copy of what is known, which follows the original, and the stages over it, whose findings are
 * told.
 */
import { type Engine, ThreadEngine } from "../cache/engine.js";
import { Journal } from "../cache/journal.js";
import { Keeper } from "../cache/keeper.js";
import { LetGo } from "../cache/let-go.js";
import { nameOf } from "../events.js";
import { Observation } from "../learn/observation.js";
import type { Settings } from "../options.js";
import { type Exchange, Knowledge } from "../tree/knowledge.js";
import { decodeEntry, type EntryRecord, encodeEntry } from "../tree/record.js";
import type { Change, Finding, FromWorker, Task, ToWorker } from "./messages.js";

/** Settings that can be handed to a worker: those that are plain data. */
export type PlainSettings = Omit<
  Settings,
  "store" | "guard" | "checks" | "functions" | "prices" | "logger" | "now" | "random" | "generateId"
>;

// Findings sent at once: whoever takes them in holds the event loop for so long.
const BATCH = 200;

/** Opens a copy that takes messages in order and tells what it finds. */
export function openReplica(
  settings: PlainSettings,
  tell: (message: FromWorker) => void,
): (message: ToWorker) => void {
  const knowledge = new Knowledge({
    maxEntries: settings.maxEntries,
    maxSize: settings.maxSize,
    isCopy: true,
  });
  const whole = {
    ...settings,
    functions: {},
    checks: {},
    now: Date.now,
    random: Math.random,
    generateId: () => "",
  };
  const nothing = (): void => undefined;
  // As the original's, but nothing is stored and nobody listens.
  const journal = new Journal({ store: undefined, knowledge, now: whole.now });
  const keeper = new Keeper({
    knowledge,
    journal,
    gone: new LetGo(settings.maxEntries),
    settings: whole,
    emit: nothing,
  });
  let findings: Finding[] = [];
  let working = Promise.resolve();

  function find(finding: Finding): void {
    findings.push(finding);
    if (findings.length >= BATCH) flush(false);
  }

  function flush(isLast: boolean): void {
    tell({ findings, isLast });
    findings = [];
  }

  const engine: Engine = new ThreadEngine({
    knowledge,
    settings: whole,
    evaluation: { functions: new Map() },
    onFault: (error) => find({ kind: "fault", error }),
    onCurtailed: (curtailment) => find({ kind: "curtailed", ...curtailment }),
    onQuestion: (question) => find({ kind: "ask", question }),
    onKnown: (scope, facts) => find({ kind: "know", scope, facts }),
    finder: {
      keep(made) {
        const kept = keeper.keep(made);
        find({ kind: "keep", entry: sent(made) });
        return kept;
      },
      note(right, id, witness) {
        keeper.note(right, id, witness);
        find({ kind: "note", right, id, witness });
      },
      agree(learnt, witness) {
        keeper.agree(learnt, witness);
        find({ kind: "agree", id: learnt.id, witness });
      },
      contradict(learnt, witness, by) {
        keeper.contradict(learnt, witness, by);
        find({ kind: "contradict", id: learnt.id, witness });
      },
    },
  });

  function follow(change: Change): void {
    switch (change.kind) {
      case "added":
        knowledge.add(decodeEntry(change.entry));
        return;
      case "removed":
        knowledge.remove(change.id);
        return;
      case "noted":
        knowledge[change.verb](change.id, change.witness);
        return;
      case "dropped":
        if (change.asWrong) knowledge.loseEvidence(change.id);
        else knowledge.dropEvidence(change.id);
        return;
      case "unlearned":
        if (change.wasErased) knowledge.unlearn(change.scopes);
        else for (const scope of change.scopes) knowledge.scopes.unlearn(scope);
        return;
      case "broken-off":
        engine.breakOff(change.scopes);
        return;
      case "parted":
        knowledge.part(change.scope, change.from, change.to);
    }
  }

  async function work(task: Task): Promise<void> {
    const exchangeOf = (id: string): Exchange[] => {
      const entry = knowledge.get(id);
      return entry?.kind === "exchange" ? [entry] : [];
    };
    if (task.kind === "propose") find({ kind: "tried", outcome: await engine.propose(task.proposed) });
    else if (task.kind === "recollect") await engine.recollect(task.exchanges.flatMap(exchangeOf));
    else
      for (const exchange of exchangeOf(task.exchange)) await engine.learn(new Observation(exchange, task));
  }

  async function done(task: Task): Promise<void> {
    try {
      await work(task);
    } catch (error) {
      find({ kind: "fault", error: nameOf(error) });
    }
    flush(true);
  }

  return (message) => {
    if (message.kind !== "changes") working = working.then(() => done(message));
    else
      for (const change of message.changes) {
        try {
          follow(change);
        } catch (error) {
          // An entry that cannot be read: nothing is learned from it.
          find({ kind: "fault", error: nameOf(error) });
        }
      }
  };
}

/** An entry as it is sent. */
export function sent(entry: Parameters<typeof encodeEntry>[0]): EntryRecord {
  return { id: entry.id, at: entry.at, body: encodeEntry(entry) };
}
