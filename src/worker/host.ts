/**
 * Learning in a worker, as the thread that serves sees it: it tells of every change, and applies what was
 * found.
 */
import type { Engine, EngineHooks } from "../cache/engine.js";
import type { Keeper } from "../cache/keeper.js";
import { nameOf } from "../events.js";
import type { Outcome, Proposed } from "../learn/model/proposal.js";
import type { Observation } from "../learn/observation.js";
import { eachInSlices } from "../learn/schedule/jobs.js";
import type { Settings } from "../options.js";
import { takeIn } from "../tree/facts.js";
import type { Exchange, Knowledge } from "../tree/knowledge.js";
import { decodeEntry } from "../tree/record.js";
import type { Change, Finding, FromWorker, Task, ToWorker } from "./messages.js";
import { type PlainSettings, sent } from "./replica.js";

/** The worker as it is spoken to: what `Worker` of `node:worker_threads` has. */
export interface Port {
  postMessage(message: ToWorker): void;
  on(event: "message", listener: (message: FromWorker) => void): unknown;
  on(event: "error" | "messageerror" | "exit", listener: (reason: unknown) => void): unknown;
  ref(): void;
  unref(): void;
  terminate(): Promise<unknown>;
}

export interface HostOptions extends EngineHooks {
  readonly knowledge: Knowledge;
  readonly keeper: Keeper;
  readonly settings: Settings;
  /** Told once, and with what, when the worker will learn no more. */
  readonly onLost: (error: string) => void;
  /** Starts a worker; by default the one of this package. */
  readonly spawn?: (settings: PlainSettings) => Port;
  /** How long one task may go on without a word, in milliseconds. Default one minute. */
  readonly patience?: number;
}

/** A task that the worker is at. */
interface Underway {
  /** What is learned from; a task that recollects has none. */
  readonly exchange: Exchange | undefined;
  /** Scopes where something was erased since it was begun. */
  readonly broken: Set<string>;
  /** What became of a proposal. */
  outcome?: Outcome;
  readonly done: () => void;
  readonly lost: (error: Error) => void;
}

/** The worker is lost. `wasAtWork`: on this very task, which may be why. */
export class WorkerLost extends Error {
  constructor(readonly wasAtWork: boolean) {
    super("the worker that learns is lost");
    this.name = "WorkerLost";
  }
}

// Changes are sent at the event loop's next turn, or when so many wait.
const BATCH = 256;
const PATIENCE = 60_000;

function spawnWorker(settings: PlainSettings): Port {
  // An import would keep the whole package from runtimes that have no such module.
  const { Worker } = process.getBuiltinModule("node:worker_threads");
  // Beside this file in the bundle. What the process was started with (loaders, inspectors) is not for it.
  return new Worker(new URL("./worker.js", import.meta.url), {
    workerData: settings,
    execArgv: [],
    name: "reprise",
  });
}

/**
 * Has a worker run the stages. Every method that learns rejects with `WorkerLost` once the worker is lost.
 */
export class WorkerEngine implements Engine {
  private port: Port | undefined;
  // Encoded when sent: not on the caller's path.
  private changes: (() => Change)[] = [];
  private task: Underway | undefined;
  private applied: Promise<void> = Promise.resolve();
  /** Lost, or closed. */
  private isOver = false;
  private waiting = 0;
  private timer: NodeJS.Timeout | undefined;
  private flushing: NodeJS.Immediate | undefined;
  private readonly unwatch: () => void;

  constructor(private readonly options: HostOptions) {
    this.unwatch = this.watch();
    try {
      const port = (options.spawn ?? spawnWorker)(plain(options.settings));
      this.port = port;
      port.on("message", (message) => this.take(message));
      port.on("error", (error) => this.lose(nameOf(error)));
      port.on("messageerror", (error) => this.lose(nameOf(error)));
      port.on("exit", () => this.lose("exit"));
      // Last: to listen for messages is to hold the process.
      port.unref();
    } catch (error) {
      this.lose(nameOf(error));
    }
  }

  async learn({ exchange, given, weight, isHandedOver }: Observation): Promise<boolean> {
    if (!this.options.knowledge.get(exchange.id)) return true;
    const { broken } = await this.send(
      { kind: "learn", exchange: exchange.id, given, weight, isHandedOver },
      exchange,
    );
    return !broken.has(exchange.scope);
  }

  async propose(proposed: Proposed): Promise<Outcome> {
    const known = this.options.knowledge.get(proposed.exchange);
    if (known?.kind !== "exchange") return { refused: "forgotten" };
    const { outcome, broken } = await this.send({ kind: "propose", proposed }, known);
    return broken.has(known.scope) || !outcome ? { refused: "forgotten" } : outcome;
  }

  async recollect(exchanges: readonly Exchange[]): Promise<void> {
    await this.send({ kind: "recollect", exchanges: exchanges.map(({ id }) => id) });
  }

  /** What the worker found before it hears of it counts no more. */
  breakOff(scopes?: ReadonlySet<string>): void {
    const { task } = this;
    if (!task) return;
    const broken = scopes ?? new Set(task.exchange && [task.exchange.scope]);
    for (const scope of broken) task.broken.add(scope);
    this.tell(() => ({ kind: "broken-off", scopes: broken }));
  }

  async await<Result>(work: Promise<Result>): Promise<Result> {
    if (this.waiting++ === 0) this.port?.ref();
    try {
      return await work;
    } finally {
      if (--this.waiting === 0) this.port?.unref();
    }
  }

  async close(): Promise<void> {
    const { port } = this;
    this.isOver = true;
    this.port = undefined;
    this.unwatch();
    clearTimeout(this.timer);
    await port?.terminate();
  }

  private send(task: Task, exchange?: Exchange): Promise<Underway> {
    this.flush();
    if (!this.port) return Promise.reject(new WorkerLost(false));
    const { promise, resolve, reject } = Promise.withResolvers<Underway>();
    const underway: Underway = { exchange, broken: new Set(), done: () => resolve(underway), lost: reject };
    this.task = underway;
    this.post(task);
    this.wait();
    return promise;
  }

  private post(message: ToWorker): void {
    try {
      this.port?.postMessage(message);
    } catch (error) {
      this.lose(nameOf(error));
    }
  }

  /** Gives the task at hand so long for its next word. */
  private wait(): void {
    clearTimeout(this.timer);
    if (this.isOver) return;
    this.timer = setTimeout(() => this.lose("timeout"), this.options.patience ?? PATIENCE);
    this.timer.unref();
  }

  private take({ findings, isLast }: FromWorker): void {
    const { task } = this;
    if (this.isOver) return;
    if (isLast) clearTimeout(this.timer);
    else this.wait();
    this.applied = this.applied.then(async () => {
      await this.apply(findings, task);
      if (!isLast) return;
      this.task = undefined;
      task?.done();
    });
  }

  private async apply(findings: readonly Finding[], task: Underway | undefined): Promise<void> {
    await eachInSlices(findings, (finding) => {
      // What was erased meanwhile teaches nothing; the worker must not believe that it did.
      if (this.isVain(finding, task)) this.refuse(finding);
      else if (finding.kind === "tried" && task) task.outcome = finding.outcome;
      else this.applyOne(finding);
    });
  }

  private isVain(finding: Finding, task: Underway | undefined): boolean {
    if (!task) return false;
    const { exchange, broken } = task;
    if (exchange && !this.options.knowledge.get(exchange.id)) return true;
    const scope = finding.kind === "know" ? finding.scope : exchange?.scope;
    return scope !== undefined && broken.has(scope);
  }

  private refuse(finding: Finding): void {
    if (finding.kind !== "keep") return;
    const { id } = finding.entry;
    if (this.options.knowledge.get(id)) return;
    this.tell(() => ({ kind: "removed", id }));
    this.tell(() => ({ kind: "dropped", id, asWrong: false }));
  }

  private applyOne(finding: Finding): void {
    const { knowledge, keeper } = this.options;
    try {
      switch (finding.kind) {
        case "keep": {
          const made = decodeEntry(finding.entry);
          if (made.kind === "template") keeper.keep(made);
          return;
        }
        case "note":
          keeper.note(finding.right, finding.id, finding.witness);
          return;
        case "know":
          takeIn(knowledge, finding.scope, finding.facts);
          return;
        case "curtailed":
          this.options.onCurtailed({ stage: finding.stage, steps: finding.steps });
          return;
        case "ask":
          this.options.onQuestion(finding.question);
          return;
        case "tried":
          return;
        case "fault":
          this.options.onFault(finding.error);
          return;
        default: {
          const learnt = knowledge.get(finding.id);
          if (learnt?.kind !== "template") return;
          if (finding.kind === "agree") keeper.agree(learnt, finding.witness);
          else keeper.contradict(learnt, finding.witness, "observation");
        }
      }
    } catch (error) {
      this.options.onFault(nameOf(error));
    }
  }

  private lose(error: string): void {
    const { port, task } = this;
    if (this.isOver) return;
    this.isOver = true;
    this.port = undefined;
    this.changes = [];
    this.unwatch();
    clearTimeout(this.timer);
    void port?.terminate().catch(() => undefined);
    this.options.onLost(error);
    this.task = undefined;
    task?.lost(new WorkerLost(true));
  }

  /**
   * What the worker has found itself is told back to it too: whatever came in between, both end with the
   * same.
   */
  private watch(): () => void {
    return this.options.knowledge.watch({
      added: (entry) => this.tell(() => ({ kind: "added", entry: sent(entry) })),
      // To be told of what takes its place is enough.
      removed: ({ id }, by) => by ?? this.tell(() => ({ kind: "removed", id })),
      noted: (verb, id, witness) => this.tell(() => ({ kind: "noted", verb, id, witness })),
      dropped: (id, asWrong) => this.tell(() => ({ kind: "dropped", id, asWrong })),
      unlearned: (scopes, wasErased) => this.tell(() => ({ kind: "unlearned", scopes, wasErased })),
      parted: (scope, from, to) => this.tell(() => ({ kind: "parted", scope, from, to })),
    });
  }

  private tell(change: () => Change): void {
    if (this.isOver) return;
    this.changes.push(change);
    // Not only with the next task: what was erased must not stay there until then.
    if (this.changes.length >= BATCH) this.flush();
    else
      this.flushing ??= setImmediate(() => {
        this.flushing = undefined;
        this.flush();
      });
  }

  private flush(): void {
    if (this.changes.length === 0 || this.isOver) return;
    const changes = this.changes.flatMap((change) => made(change) ?? []);
    this.changes = [];
    this.post({ kind: "changes", changes });
  }
}

/** A change as it is sent; `undefined` for an entry whose stored content turns out to be damaged. */
function made(change: () => Change): Change | undefined {
  try {
    return change();
  } catch {
    return undefined;
  }
}

/** Settings without what cannot be cloned; none of it is needed there. */
function plain(settings: Settings): PlainSettings {
  const {
    store: _store,
    functions: _functions,
    prices: _prices,
    logger: _logger,
    checks: _checks,
    induction,
    ...rest
  } = settings;
  return Object.fromEntries(
    Object.entries({
      ...rest,
      // The model stays here: the worker only says what it is to be asked.
      induction: induction && { ...induction, consulting: undefined },
    }).filter(([, value]) => typeof value !== "function"),
  ) as unknown as PlainSettings;
}
