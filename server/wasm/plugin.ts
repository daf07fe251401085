/** A plugin in a thread of its own: calls one after the other, and an end to those that take too long. */
import { Worker } from "node:worker_threads";
import { HookTimeout } from "../hooks/run.js";
import type { PluginCall, PluginData, PluginSaid } from "./messages.js";

/** A plugin failed: it trapped, returned no text, or its thread is lost. */
export class PluginFailed extends Error {
  override readonly name: string = "PluginFailed";
}

/** A plugin that runs. */
export interface Plugin {
  /** Rejects with `HookTimeout`, and with `PluginFailed`. */
  call(call: PluginCall): Promise<string | undefined>;
  close(): Promise<void>;
}

/** What a plugin is started with. */
export interface PluginStart extends PluginData {
  readonly name: string;
  /** Milliseconds that a call may wait for its turn, and that it may then take. */
  readonly timeout: number;
}

interface Job {
  readonly call: PluginCall;
  readonly resolve: (output: string | undefined) => void;
  readonly reject: (error: Error) => void;
  /** Ends its waiting. */
  timer: NodeJS.Timeout | undefined;
}

/** How long a thread may take until it can be asked: it loads the runtime, and runs what the module runs first. */
const STARTING = 10_000;
/** What the engine may hold beside the module's memory. */
const HEAP_MB = 64;

/** Starts a thread. Rejects with `PluginFailed` where the module does not start. */
export async function startPlugin(start: PluginStart): Promise<Plugin> {
  const thread = new PluginThread(start);
  await thread.started();
  return thread;
}

class PluginThread implements Plugin {
  private worker: Worker | undefined;
  private isReady = false;
  private isClosed = false;
  private readonly waiting: Job[] = [];
  private running: Job | undefined;
  private watchdog: NodeJS.Timeout | undefined;
  private starting = Promise.withResolvers<void>();

  constructor(private readonly options: PluginStart) {
    this.spawn();
  }

  started(): Promise<void> {
    return this.starting.promise;
  }

  call(call: PluginCall): Promise<string | undefined> {
    if (this.isClosed) return Promise.reject(new PluginFailed("the plugin is closed"));
    return new Promise((resolve, reject) => {
      const job: Job = { call, resolve, reject, timer: undefined };
      job.timer = setTimeout(() => {
        this.waiting.splice(this.waiting.indexOf(job), 1);
        reject(new HookTimeout("a plugin's turn did not come in time"));
      }, this.options.timeout);
      this.waiting.push(job);
      if (!this.worker) this.spawn();
      this.next();
    });
  }

  async close(): Promise<void> {
    this.isClosed = true;
    for (const job of this.waiting.splice(0)) this.end(job, new PluginFailed("the plugin is closed"));
    await this.lose(this.worker, new PluginFailed("the plugin is closed"));
  }

  private spawn(): void {
    const { module, memory, name } = this.options;
    this.isReady = false;
    this.starting = Promise.withResolvers<void>();
    this.starting.promise.catch(() => undefined);
    const worker = new Worker(workerFile(), {
      workerData: { module, memory } satisfies PluginData,
      name: `plugin ${name}`,
      // Nothing of this process is for it: no environment, no loaders, no output.
      env: {},
      execArgv: [],
      stdout: true,
      stderr: true,
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MB, maxYoungGenerationSizeMb: 16 },
    });
    this.worker = worker;
    const late = setTimeout(
      () => void this.lose(worker, new PluginFailed("the plugin did not start in time")),
      STARTING,
    );
    this.starting.promise.then(
      () => clearTimeout(late),
      () => clearTimeout(late),
    );
    worker.on("message", (said: PluginSaid) => this.take(said, worker));
    worker.on("error", () => void this.lose(worker, new PluginFailed("the plugin's thread broke")));
    worker.on("exit", () => void this.lose(worker, new PluginFailed("the plugin's thread is gone")));
  }

  private take(said: PluginSaid, worker: Worker): void {
    if (worker !== this.worker) return;
    if (said.kind === "ready") {
      this.isReady = true;
      this.starting.resolve();
      // Whoever waits for a call holds the process.
      worker.unref();
    } else {
      const job = this.running;
      this.running = undefined;
      clearTimeout(this.watchdog);
      if (said.kind === "returned") job?.resolve(said.output);
      else job?.reject(new PluginFailed(said.error));
    }
    this.next();
  }

  private next(): void {
    if (!this.isReady || this.running) return;
    const job = this.waiting.shift();
    if (!job) return;
    clearTimeout(job.timer);
    this.running = job;
    this.watchdog = setTimeout(
      () => void this.lose(this.worker, new HookTimeout("a plugin took too long")),
      this.options.timeout,
    );
    this.worker?.postMessage(job.call);
  }

  /** Ends a thread, and the call that it was at. Those that wait are for the next. */
  private async lose(worker: Worker | undefined, why: Error): Promise<void> {
    if (!worker || worker !== this.worker) return;
    this.worker = undefined;
    this.isReady = false;
    clearTimeout(this.watchdog);
    this.starting.reject(why);
    const job = this.running;
    this.running = undefined;
    if (job) this.end(job, why);
    await worker.terminate();
    if ((job || this.waiting.length > 0) && !this.worker && !this.isClosed) this.spawn();
  }

  private end(job: Job, why: Error): void {
    clearTimeout(job.timer);
    job.reject(why);
  }
}

/** Beside the bundle, or these sources, which Node reads as they are. */
function workerFile(): URL {
  return new URL(import.meta.url.endsWith(".ts") ? "./worker.ts" : "./plugin-worker.js", import.meta.url);
}
