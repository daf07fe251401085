/** Decides which question a model is asked next, when it is left alone, and what becomes of one that fails. */
import type { Emit } from "../events.js";
import { Caller, type Cost, failureOf, NotNow, type Tab } from "../learn/model/caller.js";
import { dead, done, type Question, questionId, stateOf, wanted } from "../learn/model/question.js";
import type { ModelSettings } from "../options.js";
import { BoundedMap, type Holding } from "../template/bounded-map.js";
import type { Exchange, Knowledge } from "../tree/knowledge.js";
import type { Usage } from "../types.js";
import { type Findings, inquire, isProposed, type Means } from "./inquiry.js";
import type { Keeper } from "./keeper.js";
import type { Learner } from "./learner.js";

/** What asking a model has cost and brought, since this process began. */
export interface ModelFigures {
  /** `on`; `budget`, `breaker`: it waits; `unpaid`: it has cost more than it saved; `closed`. */
  readonly state: "on" | "budget" | "breaker" | "unpaid" | "closed";
  readonly waiting: number;
  readonly running: number;
  /** Calls by agent, calls that failed, and tokens of all. */
  readonly calls: Cost["calls"];
  readonly failed: number;
  readonly tokens: Usage;
  /** Exchanges that led to a template, that were said to have nothing to add, and proposals by refusal. */
  readonly kept: number;
  readonly nothing: number;
  readonly refused: Readonly<Record<string, number>>;
  /** Questions that were shed because too many waited, and those in the dead letter. */
  readonly shed: number;
  readonly dead: number;
  /** Hits by templates that a model has proposed, and the tokens of the calls they stood for. */
  readonly saved: Usage & { readonly hits: number };
}

/** A question that was given up. */
export interface DeadLetter {
  /** By this `retryDeadLetters` finds it. */
  readonly id: string;
  /** The exchange it is about. */
  readonly exchange: string;
  /** Why: `timeout`, `malformed`, or the class of what was thrown. */
  readonly reason: string;
}

interface ConsultantOptions {
  readonly settings: ModelSettings;
  readonly functions: readonly string[];
  readonly knowledge: Knowledge;
  readonly keeper: Keeper;
  readonly learner: Learner;
  readonly now: () => number;
  readonly emit: Emit;
  /** How long a model is left alone that keeps failing, in milliseconds. Default one minute. */
  readonly rest?: number;
}

/** Who answers the questions about templates. */
const AGENT = { weigh: "weigh", label: "name" } as const;

const MAX_DEAD = 1_000;
const LONGEST_WAIT = 600_000;

/** Asks a model what learning wants to know. Nothing waits for it but `settled`. */
export class Consultant {
  private readonly caller: Caller;
  private readonly waiting = new Map<string, Question>();
  private readonly running = new Map<string, Promise<void>>();
  private readonly deadLetters = new BoundedMap<string, DeadLetter & { readonly question: Question }>({
    maxEntries: MAX_DEAD,
  });
  private readonly aborter = new AbortController();
  private readonly began: number;
  private paused: "budget" | "breaker" | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private shed = 0;
  private kept = 0;
  private nothing = 0;
  private readonly refused = new Map<string, number>();
  private saved = { hits: 0, inputTokens: 0, outputTokens: 0 };

  constructor(private readonly options: ConsultantOptions) {
    const { settings, now, rest } = options;
    this.began = now();
    this.caller = new Caller(settings, {
      now,
      ...(rest !== undefined && { rest }),
      onPaid: (call) => options.emit("paid", call),
    });
  }

  /** Takes a question, once. When too many wait, the oldest are shed. */
  ask(question: Question): void {
    const id = questionId(question);
    const { state, round } = this.stateOf(question);
    if (this.aborter.signal.aborted || this.isUnpaid || state !== "new") return;
    if (question.kind !== "induce" && !this.caller.has(AGENT[question.kind])) return;
    this.note(id, wanted(round));
    this.queue(question);
  }

  /**
   * Takes up what was wanted before this process began and never answered, by one that ended, say; and what was
   * given up. Of exchanges that were read from the store.
   */
  resume(exchanges: readonly Exchange[]): void {
    for (const { id, at } of exchanges) {
      // What another process wants now is asked there.
      if (at > this.began || this.aborter.signal.aborted) continue;
      const question: Question = { kind: "induce", exchange: id, alike: [], inherited: [] };
      const { state, reason = "" } = this.stateOf(question);
      if (this.waiting.has(questionId(question)) || this.running.has(questionId(question))) continue;
      if (state === "pending") this.queue(question);
      else if (state === "dead") this.bury(question, reason);
    }
  }

  /** Takes note of a hit, and of the tokens of the call that it stood for. */
  hit(template: string, saved: Usage | undefined): void {
    const { knowledge } = this.options;
    const entry = knowledge.get(template);
    if (entry?.kind !== "template" || !isProposed(entry, knowledge)) return;
    this.saved = {
      hits: this.saved.hits + 1,
      inputTokens: this.saved.inputTokens + (saved?.inputTokens ?? 0),
      outputTokens: this.saved.outputTokens + (saved?.outputTokens ?? 0),
    };
    this.pump();
  }

  get figures(): ModelFigures {
    const { calls, failed, tokens } = this.caller.cost;
    return {
      state: this.state,
      waiting: this.waiting.size,
      running: this.running.size,
      ...{ calls, failed, tokens },
      ...{ kept: this.kept, nothing: this.nothing, refused: Object.fromEntries(this.refused) },
      ...{ shed: this.shed, dead: this.deadLetters.size, saved: this.saved },
    };
  }

  /** What it holds, by name. */
  get holdings(): Readonly<Record<string, Holding>> {
    const { maxWaiting } = this.options.settings;
    return {
      questions: { entries: this.waiting.size, bytes: 0, maxEntries: maxWaiting },
      deadLetters: this.deadLetters.holding,
    };
  }

  /** The questions that were given up. */
  dead(): DeadLetter[] {
    return [...this.deadLetters.values()].map(({ question: _, ...letter }) => letter);
  }

  /** Asks again what was given up: all, or those with these ids. Returns how many. */
  retry(ids?: readonly string[]): number {
    let count = 0;
    for (const [id, { question }] of [...this.deadLetters]) {
      if (ids && !ids.includes(id)) continue;
      this.deadLetters.delete(id);
      this.note(id, wanted(this.stateOf(question).round + 1));
      this.queue(question);
      count++;
    }
    return count;
  }

  /** Resolves when nothing is asked, and nothing waits that could be asked now. */
  async settled(): Promise<void> {
    // What is waited for keeps the process alive, while a call is about to be tried again.
    const hold = setInterval(() => undefined, LONGEST_WAIT);
    try {
      while (this.running.size > 0) await Promise.all(this.running.values());
    } finally {
      clearInterval(hold);
    }
  }

  /** Breaks off what is being asked; it is asked again by the next process on the store. */
  async close(): Promise<void> {
    this.aborter.abort();
    clearTimeout(this.timer);
    await this.settled();
  }

  private get state(): ModelFigures["state"] {
    if (this.aborter.signal.aborted) return "closed";
    return this.paused ?? (this.isUnpaid ? "unpaid" : "on");
  }

  /** Whether it was given its trial, and has cost more than it saved: tokens if they are told, or calls. */
  private get isUnpaid(): boolean {
    const { calls, tokens } = this.caller.cost;
    const count = Object.values(calls).reduce((sum, each) => sum + each, 0);
    if (count < this.options.settings.trialCalls) return false;
    const [spent, saved] = [tokens, this.saved].map((each) => each.inputTokens + each.outputTokens);
    return spent && saved ? saved < spent : this.saved.hits < count;
  }

  private stateOf(question: Question) {
    return stateOf(this.options.knowledge.evidenceOf(questionId(question)).agreements);
  }

  private note(id: string, note: string): void {
    this.options.keeper.note(true, id, note);
  }

  private queue(question: Question): void {
    this.waiting.set(questionId(question), question);
    for (const id of this.waiting.keys()) {
      if (this.waiting.size <= this.options.settings.maxWaiting) break;
      this.waiting.delete(id);
      this.note(id, done(this.roundOf(id)));
      this.shed++;
    }
    this.pump();
  }

  private roundOf(id: string): number {
    return stateOf(this.options.knowledge.evidenceOf(id).agreements).round;
  }

  /** Begins what may begin. */
  private pump(): void {
    const { concurrency } = this.options.settings;
    while (this.running.size < concurrency && this.waiting.size > 0) {
      if (this.aborter.signal.aborted || this.paused || this.isUnpaid) return;
      const { wait } = this.caller;
      if (wait > 0) {
        this.pause("budget", wait);
        return;
      }
      const [[id, question]] = this.waiting as Iterable<[string, Question]> as [[string, Question]];
      this.waiting.delete(id);
      const work = this.run(id, question).finally(() => {
        this.running.delete(id);
        this.pump();
      });
      this.running.set(id, work);
    }
  }

  private pause(why: "budget" | "breaker", wait: number): void {
    if (this.aborter.signal.aborted) return;
    this.paused = why;
    clearTimeout(this.timer);
    this.timer = setTimeout(
      () => {
        this.paused = undefined;
        this.pump();
      },
      Math.min(wait, LONGEST_WAIT),
    );
    (this.timer as { unref?: () => void }).unref?.();
  }

  private async run(id: string, question: Question): Promise<void> {
    const entry = this.options.knowledge.get(question.exchange);
    // Forgotten while it waited.
    if (entry?.kind !== "exchange") return;
    const tab: Tab = { calls: 0, tokens: 0 };
    try {
      const outcome = await inquire(question, entry, this.means(tab));
      this.note(id, done(this.roundOf(id)));
      this.tell(outcome, tab);
    } catch (error) {
      if (error instanceof NotNow) {
        this.waiting.set(id, question);
        this.pause(error.why, error.wait);
      } else if (!this.aborter.signal.aborted) {
        const reason = failureOf(error);
        this.note(id, dead(this.roundOf(id), reason));
        this.bury(question, reason);
        this.options.emit("fault", { where: "model", error: reason });
        this.tell("failed", tab);
      }
    }
  }

  private means(tab: Tab): Means {
    const { knowledge, functions, learner, keeper } = this.options;
    return {
      ...{ knowledge, functions, learner },
      note: (id, word) => keeper.note(true, id, word),
      ask: (agent, input) => this.caller.ask(agent, input, { signal: this.aborter.signal, tab }),
    };
  }

  private bury(question: Question, reason: string): void {
    const id = questionId(question);
    this.deadLetters.set(id, { id, exchange: question.exchange, reason, question });
  }

  private tell(outcome: Findings | "failed", spent: Tab): void {
    if (typeof outcome === "string") {
      if (outcome === "nothing") this.nothing++;
      this.options.emit("consulted", { outcome, ...spent });
    } else if ("kept" in outcome) {
      this.kept++;
      this.options.emit("consulted", { outcome: "kept", ...spent });
    } else {
      this.refused.set(outcome.refused, (this.refused.get(outcome.refused) ?? 0) + 1);
      this.options.emit("consulted", { outcome: "refused", reason: outcome.refused, ...spent });
    }
  }
}
