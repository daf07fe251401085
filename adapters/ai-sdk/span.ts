/** What is written on the span of a model call, where the SDK's telemetry has one. */
import type { RepriseMetadata } from "../shared/metadata.js";

/** A span of OpenTelemetry, as far as it is written on. */
interface Span {
  readonly attributes?: Readonly<Record<string, unknown>>;
  setAttributes(attributes: Readonly<Record<string, string | number>>): unknown;
}

interface Api {
  readonly context?: { active(): { getValue(key: symbol): unknown } };
}

// Where every copy of OpenTelemetry's API, whatever its version, finds the others: nothing has to be
// imported.
const API = Symbol.for("opentelemetry.js.api.1");
const SPAN = Symbol.for("OpenTelemetry Context Key SPAN");

/**
 * Writes what the cache did on the span of the model call that is under way: `reprise.status` and what
 * belongs to it. Does nothing where there is none (the span of a request, say, is not ours), and never
 * throws.
 */
export function markSpan(metadata: RepriseMetadata): void {
  try {
    const { context } = ((globalThis as Record<symbol, unknown>)[API] ?? {}) as Api;
    const span = context?.active().getValue(SPAN) as Span | undefined;
    if (span && isOfModelCall(span)) span.setAttributes(attributesOf(metadata));
  } catch {
    // Telemetry fails no call.
  }
}

const isOfModelCall = ({ attributes = {} }: Span): boolean =>
  "gen_ai.request.model" in attributes || "ai.model.id" in attributes;

function attributesOf({
  status,
  match,
  reason,
  template,
  id,
  age,
  saved,
}: RepriseMetadata): Record<string, string | number> {
  return {
    "reprise.status": status,
    ...(match !== undefined && { "reprise.match": match }),
    ...(reason !== undefined && { "reprise.reason": reason }),
    ...(template !== undefined && { "reprise.template": template }),
    ...(id !== undefined && { "reprise.id": id }),
    ...(age !== undefined && { "reprise.age": age }),
    "reprise.saved.input_tokens": saved.inputTokens,
    "reprise.saved.output_tokens": saved.outputTokens,
  };
}
