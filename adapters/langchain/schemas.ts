/** What a call of LangChain asks of its reply. */
import type { Schemas } from "../shared/fits.js";
import { isRecord } from "./plain.js";
import type { CallScope } from "./scope.js";

/** The schemas of the offered tools and of the response format. */
export function schemasOf({
  tools,
  settings,
  strips,
}: Pick<CallScope, "tools" | "settings" | "strips">): Schemas {
  const format = settings?.response_format;
  const asksJson = isRecord(format) && (format.type === "json_schema" || format.type === "json_object");
  return {
    // Some models keep their bound tools to themselves.
    tools:
      tools &&
      new Map(
        tools.flatMap(({ function: spec }) =>
          spec ? [[spec.name, { parameters: spec.parameters, strips: strips.has(spec.name) }] as const] : [],
        ),
      ),
    format: asksJson
      ? { schema: isRecord(format.json_schema) ? format.json_schema.schema : undefined }
      : undefined,
  };
}
