/** The stages that look on while others answer: the hooks and the log of a configuration. */
import type { Config } from "./config/schema.js";
import { loadHooks } from "./hooks/load.js";
import { HookFault } from "./hooks/run.js";
import type { Stages } from "./live.js";
import { createLog } from "./log/index.js";
import type { Metrics } from "./metrics.js";

/** What they are made with. */
export interface WatchersGround {
  /** What paths in the configuration start from. */
  readonly folder: string;
  readonly metrics: Pick<Metrics, "hook">;
  readonly onFault: (error: unknown) => void;
  /** Stages in force, which are not closed where hooks cannot be loaded. */
  readonly before: Stages | undefined;
}

/** The stages with hooks and log, unless they have them already. Rejects with `BadHook`; the new ones are closed then. */
export async function withWatchers(
  stages: Stages,
  config: Pick<Config, "hooks" | "log">,
  { folder, metrics, onFault, before }: WatchersGround,
): Promise<Stages> {
  const hooks =
    stages.hooks ??
    (await loadHooks(config.hooks, {
      folder,
      onRun(run) {
        metrics.hook(run);
        if (run.outcome !== "ok") onFault(new HookFault(run));
      },
    }).catch(async (error: unknown) => {
      const former = new Set<unknown>(Object.values(before ?? {}));
      const made = (Object.values(stages) as (Closable | undefined)[]).filter((stage) => !former.has(stage));
      await Promise.allSettled(made.map((stage) => stage?.close?.()));
      throw error;
    }));
  return { ...stages, hooks, log: stages.log ?? (config.log && createLog(config.log, folder)) };
}

interface Closable {
  close?(): Promise<void>;
}
