/** What is written on the run of a model call, where a tracer (LangSmith's, or another) keeps one. */
import type { CallbackManagerForLLMRun } from "@langchain/core/callbacks/manager";
import type { RepriseMetadata } from "../shared/metadata.js";

/** The tag of runs that were answered without the model. */
const HIT_TAG = "reprise:hit";

/** A run as tracers keep it. */
interface Run {
  tags?: string[];
  extra?: Record<string, unknown> & { metadata?: Record<string, unknown> };
}

/** LangChain's base class of tracers: each keeps the runs that are under way. */
interface Tracer {
  getRunById?(id: string): Run | undefined;
}

/**
 * Marks the run of a call: with a tag where it is a hit, and with `reprise_status` and what belongs to it in
 * its metadata, one value a key, so that one can filter by it. Whoever hears of the run's end by a callback
 * finds the tag there. Never throws.
 */
export function markRun(run: CallbackManagerForLLMRun | undefined, metadata: RepriseMetadata): void {
  if (!run) return;
  try {
    const isHit = metadata.status === "hit";
    const manager = run as unknown as {
      tags?: string[];
      readonly handlers: readonly Tracer[];
      readonly runId: string;
    };
    // Not added to: the runs of one batch may share their tags.
    if (isHit) manager.tags = [...(manager.tags ?? []), HIT_TAG];
    for (const handler of manager.handlers) {
      const traced = handler.getRunById?.(manager.runId);
      if (!traced) continue;
      if (isHit && !traced.tags?.includes(HIT_TAG)) traced.tags = [...(traced.tags ?? []), HIT_TAG];
      traced.extra = { ...traced.extra, metadata: { ...traced.extra?.metadata, ...flat(metadata) } };
    }
  } catch {
    // A trace fails no call.
  }
}

function flat({ saved, ...metadata }: RepriseMetadata): Record<string, unknown> {
  const named = Object.entries({
    ...metadata,
    saved_input_tokens: saved.inputTokens,
    saved_output_tokens: saved.outputTokens,
  });
  return Object.fromEntries(named.map(([name, value]) => [`reprise_${name}`, value]));
}
