/** The stages of a configuration; what says the same as before is taken over as it is, with all it has counted. */
import { openAccess } from "./access.js";
import { isSame } from "./config/same.js";
import type { Config } from "./config/schema.js";
import { createAccess } from "./keys/access.js";
import type { ProcessKeys } from "./keys/process-keys.js";
import { createLimits } from "./limits/index.js";
import { limitsSection } from "./limits/schema.js";
import type { Stages } from "./live.js";
import { createRouter } from "./route/router.js";
import { passesCredentials } from "./route/schema.js";
import type { Access } from "./stages.js";
import type { Ground } from "./start.js";
import { withWatchers } from "./watchers.js";

/** What the stages of a configuration are made with. */
export interface GatewayGround extends Ground {
  /** Where the file is: what it names by a path stands beside it. */
  readonly folder: string;
  /** App keys that were vended. */
  readonly keys: ProcessKeys;
  /** Told of what failed, by its class. */
  readonly onFault: (error: unknown) => void;
  /** A line for whoever runs it; never a secret. */
  readonly say: (line: string) => void;
}

/** A configuration with its stages. */
export interface Composed {
  readonly config: Config;
  readonly stages: Stages;
}

/** Makes them all, or rejects and leaves nothing behind. */
export async function compose(config: Config, ground: GatewayGround, before?: Composed): Promise<Composed> {
  /** What was made of these sections before, if they say the same now. */
  function kept<Name extends keyof Stages>(
    stage: Name,
    ...sections: (keyof Config)[]
  ): Stages[Name] | undefined {
    const isKept = before && sections.every((section) => isSame(before.config[section], config[section]));
    return isKept ? before.stages[stage] : undefined;
  }

  const { providers, routes, failover } = config;
  // An app key may have limits of its own.
  const limits = config.limits ?? (config.keys && NO_LIMITS);
  const stages: Stages = {
    access: kept("access", "keys", "listen", "providers") ?? accessOf(config, ground),
    limits: limits && (kept("limits", "limits") ?? createLimits(limits, ground.onFault)),
    hooks: kept("hooks", "hooks"),
    log: kept("log", "log"),
    upstream:
      kept("upstream", "providers", "routes", "failover") ??
      createRouter({ providers, routes, failover, id: ground.id, metrics: ground.metrics }),
  };
  return { config, stages: await withWatchers(stages, config, { ...ground, before: before?.stages }) };
}

const NO_LIMITS = limitsSection.parse({});

/** Who may ask: whoever has an app key, where there are any. */
function accessOf({ keys: section, providers }: Config, { callers, keys }: GatewayGround): Access {
  if (section) return createAccess({ config: section, store: section.stored ? keys.get() : undefined });
  return openAccess(callers, { keepsKeys: !Object.values(providers).every(passesCredentials) });
}
