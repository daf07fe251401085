/** Runs one function of one hook: within its deadline, its answer checked, its failures counted. */
import * as z from "zod";
import type { ChangedBody, GatewayHook, HookCall, OwnAnswer, Refusal } from "./define.js";

/** The functions of a hook. */
export const POINTS = ["request", "modelCall", "reply", "chunk", "trace"] as const;
export type Point = (typeof POINTS)[number];

/** A hook as it stands in the chain. */
export interface LoadedHook {
  readonly name: string;
  readonly onError: "open" | "closed";
  /** Milliseconds; `undefined` for one that keeps its time itself. */
  readonly timeout: number | undefined;
  readonly hook: GatewayHook;
  /** Lets go of what it runs in. */
  close?(): Promise<void>;
}

/** One run of a function. Names and kinds alone: what it saw is nobody's business. */
export interface HookRun {
  readonly hook: string;
  readonly point: Point;
  readonly outcome: "ok" | "error" | "timeout";
  /** Milliseconds. */
  readonly took: number;
  /** Of a failure: the name of its class. */
  readonly error?: string;
}

/** Told of every run. */
export type OnRun = (run: HookRun) => void;

/** A run that failed, for whoever counts faults by their names. */
export class HookFault extends Error {
  constructor({ hook, error = "error" }: HookRun) {
    super("a hook failed");
    this.name = `hook ${hook}: ${error}`;
  }
}

/** A hook that had not come to its end at its deadline. */
export class HookTimeout extends Error {
  override readonly name = "HookTimeout";
}

/** A hook returned what no hook may return. */
export class BadHookResult extends Error {
  override readonly name = "BadHookResult";
}

/** A hook failed, and nothing passes without it. */
export class ClosedByHook extends Error {
  override readonly name = "ClosedByHook";
  constructor(readonly hook: string) {
    super(`the hook "${hook}" failed, and nothing passes without it`);
  }
}

/** What a hook has decided; nothing: it changes nothing. */
export type Verdict = Partial<ChangedBody & OwnAnswer & Refusal>;

const object = z.record(z.string(), z.unknown());
const refuse = z.strictObject({
  status: z.number().int().min(400).max(599),
  message: z.string().min(1),
  retryAfter: z.number().nonnegative().optional(),
});
const answer = z.union([z.string(), object]);
const nothing = z.union([z.undefined(), z.null()]).transform(() => undefined);
const one = (shape: z.ZodRawShape) =>
  z.strictObject(shape).refine((said) => Object.keys(said).length <= 1, "says two things");

const RESULTS = {
  request: one({ body: object.optional(), answer: answer.optional(), refuse: refuse.optional() }).or(nothing),
  modelCall: one({ answer: answer.optional(), refuse: refuse.optional() }).or(nothing),
  reply: one({ body: object.optional(), refuse: refuse.optional() }).or(nothing),
  chunk: z.string().or(nothing),
  trace: z.unknown(),
};

/** What all hooks are told of a call. */
export interface CommonCall extends Omit<HookCall, "state" | "signal"> {
  /** Aborted when the client leaves. */
  readonly leaving: AbortSignal;
}

/** What `runHook` needs to know. */
export interface Running {
  readonly loaded: LoadedHook;
  readonly point: Point;
  /** What the function is handed first. */
  readonly given: unknown;
  /** The call, as all hooks see it, and what this one keeps of it. */
  readonly call: CommonCall;
  readonly state: Record<string, unknown>;
  readonly onRun: OnRun;
}

/**
 * Runs a function of a hook, which it must have. Resolves with what it returned; with `undefined` where it failed
 * and is `open`.
 *
 * @throws ClosedByHook where it failed and is `closed`
 */
export async function runHook({ loaded, point, given, call, state, onRun }: Running): Promise<unknown> {
  const began = performance.now();
  const ended = (outcome: HookRun["outcome"], error?: string): void =>
    onRun({
      ...{ hook: loaded.name, point, outcome, took: performance.now() - began },
      ...(error !== undefined && { error }),
    });
  const deadline = new Deadline(loaded.timeout, call.leaving);
  try {
    const run = loaded.hook[point] as ((given: unknown, call: HookCall) => unknown) | undefined;
    const returned = run?.call(loaded.hook, given, new Told(call, state, deadline));
    const result = isPromise(returned) ? await deadline.limit(returned) : returned;
    const read = RESULTS[point].safeParse(result);
    if (!read.success) throw new BadHookResult("a hook returned what cannot be understood");
    ended("ok");
    return read.data;
  } catch (error) {
    const isLate = error instanceof HookTimeout;
    ended(isLate ? "timeout" : "error", error instanceof Error ? error.name : typeof error);
    // Nobody waits for what is traced.
    if (loaded.onError === "open" || point === "trace") return undefined;
    throw new ClosedByHook(loaded.name);
  } finally {
    deadline.over();
  }
}

const isPromise = (value: unknown): value is Promise<unknown> =>
  typeof (value as { then?: unknown } | undefined | null)?.then === "function";

/** A call as one run of one hook sees it: what takes long to make is made for those that look at it. */
class Told implements HookCall {
  constructor(
    private readonly call: CommonCall,
    readonly state: Record<string, unknown>,
    private readonly deadline: Deadline,
  ) {}

  get id(): string {
    return this.call.id;
  }
  get api(): HookCall["api"] {
    return this.call.api;
  }
  get model(): string | undefined {
    return this.call.model;
  }
  get stream(): boolean {
    return this.call.stream;
  }
  get key(): string | undefined {
    return this.call.key;
  }
  get headers(): HookCall["headers"] {
    return this.call.headers;
  }
  get signal(): AbortSignal {
    return this.deadline.signal;
  }
}

class Deadline {
  private controller: AbortController | undefined;
  private timer: NodeJS.Timeout | undefined;
  private readonly leave = (): void => this.controller?.abort();

  constructor(
    private readonly milliseconds: number | undefined,
    private readonly leaving: AbortSignal,
  ) {}

  get signal(): AbortSignal {
    if (!this.controller) {
      this.controller = new AbortController();
      if (this.leaving.aborted) this.controller.abort();
      else this.leaving.addEventListener("abort", this.leave);
    }
    return this.controller.signal;
  }

  /** The same promise, or a rejection with `HookTimeout`. */
  limit(pending: Promise<unknown>): Promise<unknown> {
    if (this.milliseconds === undefined) return pending;
    return new Promise((resolve, reject) => {
      this.timer = setTimeout(() => {
        this.controller?.abort();
        reject(new HookTimeout("a hook took too long"));
      }, this.milliseconds);
      // What comes later is heard by nobody, a rejection least of all.
      pending.then(resolve, reject);
    });
  }

  over(): void {
    clearTimeout(this.timer);
    this.leaving.removeEventListener("abort", this.leave);
  }
}
