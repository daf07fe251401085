/** What a request of the Chat Completions API is to the cache. Its messages are the core's own shape. */
import type { Message } from "reprise";
import { Aside } from "../../shared/aside.js";
import type { Schemas } from "../../shared/fits.js";
import type { Asked } from "../../shared/framework-call.js";
import type { Body } from "../body.js";
import { isRecord, type JsonRecord, recordsIn } from "../record-of.js";
import { type AskedProvider, partOptions, refuseState, toScope } from "../scope.js";

/** The request. Throws `Aside` for one that builds on state of the provider. */
export function toAsked({ plain, exact }: Body, provider: AskedProvider): Asked {
  refuseState(plain);
  const { messages } = exact;
  if (!Array.isArray(messages)) throw new Aside("invalid");
  // A reply that was heard is named by an id, and lies with the provider.
  if (messages.some((message) => isRecord(message) && isRecord(message.audio) && "id" in message.audio))
    throw new Aside("server-state");
  const { settings, ...scope } = toScope(exact, provider);
  const all = { ...settings, ...partOptions(messages) };
  return { messages: messages as Message[], ...scope, ...(Object.keys(all).length > 0 && { settings: all }) };
}

/** What is asked of the reply. */
export function schemas(body: JsonRecord): Schemas {
  const tools = recordsIn(body.tools).flatMap(({ function: tool }) =>
    isRecord(tool) && typeof tool.name === "string" ? [tool] : [],
  );
  return {
    // A list with tools of other kinds in it names not all that may be called.
    tools:
      tools.length > 0 && tools.length === recordsIn(body.tools).length
        ? new Map(tools.map(({ name, parameters }) => [String(name), { parameters, strips: false }]))
        : undefined,
    format: toFormat(body.response_format),
  };
}

function toFormat(format: unknown): Schemas["format"] {
  if (!isRecord(format)) return undefined;
  if (format.type === "json_object") return {};
  if (format.type !== "json_schema") return undefined;
  return isRecord(format.json_schema) ? { schema: format.json_schema.schema } : {};
}
