/** What a model call of the AI SDK asks of its reply. */
import type { LanguageModelV4CallOptions } from "@ai-sdk/provider";
import type { Schemas } from "../shared/fits.js";

/** The schemas of the offered tools and of the response format. */
export function schemasOf({
  tools,
  responseFormat,
}: Pick<LanguageModelV4CallOptions, "tools" | "responseFormat">): Schemas {
  return {
    tools: tools?.length
      ? // The SDK reads input by the tool's own schema, and zod passes over what it does not name.
        new Map(
          tools.map((tool) => [
            tool.name,
            { parameters: tool.type === "function" ? tool.inputSchema : undefined, strips: true },
          ]),
        )
      : undefined,
    format: responseFormat?.type === "json" ? { schema: responseFormat.schema } : undefined,
  };
}
