/**
 * What of a request shapes its reply beside the conversation, in the words that all adapters use, and what
 * does not.
 */
import { Aside } from "../shared/aside.js";
import { refuseServerState } from "../shared/server-state.js";
import { isRecord, type JsonRecord, recordsIn, without } from "./record-of.js";

/** Who is asked, beside the model's name in the body. */
export interface AskedProvider {
  /** The address without the name of the API: `https://api.openai.com/v1`. */
  readonly endpoint: string;
  /** Headers by which a provider tells on whose behalf it is asked, and which of its features are on. */
  readonly onBehalfOf: Readonly<Record<string, string>>;
  /** The name the user gave the model. */
  readonly named: string | undefined;
}

/** The parts of a request that say which model was asked, with which tools and settings. */
export interface CallScope {
  readonly model: string;
  readonly tools?: readonly unknown[];
  readonly settings?: Readonly<Record<string, unknown>>;
}

/** Fields of a body that are no part of the scope, whoever is asked, and why. Every other field is. */
export const APART: ReadonlyMap<string, string> = new Map([
  ["model", "stands in the scope under its own name"],
  ["tools", "stand in the scope under their own name"],
  ["messages", "are the conversation"],
  ["input", "is the conversation"],
  ["instructions", "are the conversation's first message"],
  ["stream", "says how the reply is carried, not what it says"],
  ["stream_options", "says how the reply is carried, not what it says"],
]);

/**
 * Fields that OpenAI documents as bookkeeping. Elsewhere the same word may mean anything, so there it is
 * scope.
 */
export const OPENAI_BOOKKEEPING: ReadonlyMap<string, string> = new Map([
  ["user", "names the end user, to tell abuse"],
  ["safety_identifier", "names the end user, to tell abuse"],
  ["metadata", "is kept with a stored reply, and echoed"],
  ["prompt_cache_key", "routes a request to the provider's own prompt cache"],
  ["prompt_cache_retention", "says how long the provider's own prompt cache keeps it"],
  ["store", "says whether the reply is kept at OpenAI; `true` is not for the cache at all"],
]);

/** Whose API it is: what its models are called in the scope, and what of a body is no part of that. */
export interface House {
  readonly name: string;
  /** Where it is served by its makers. */
  readonly endpoint: string;
  /** Left out whoever is asked, and why. */
  readonly apart: ReadonlyMap<string, string>;
  /** Left out where its makers are asked, and why. */
  readonly bookkeeping: ReadonlyMap<string, string>;
}

const OPENAI: House = {
  name: "openai",
  endpoint: "https://api.openai.com/v1",
  apart: APART,
  bookkeeping: OPENAI_BOOKKEEPING,
};

const NAMES = new Map([
  ["max_completion_tokens", "max_tokens"],
  ["max_output_tokens", "max_tokens"],
]);

// What is added below must not be taken for a field of the body.
const OURS = new Set(["identity", "part_options", "features"]);

/**
 * The scope of a body whose settings stand in the words of Chat Completions. Throws an `Aside` for one that
 * builds on state of the provider, or asks it to keep what comes of it.
 */
export function toScope(body: JsonRecord, provider: AskedProvider, house: House = OPENAI): CallScope {
  const { named, endpoint } = provider;
  const bookkeeping = endpoint === house.endpoint ? house.bookkeeping : undefined;
  const settings: Record<string, unknown> = Object.create(null);
  for (const [field, value] of Object.entries(body)) {
    if (house.apart.has(field) || bookkeeping?.has(field)) continue;
    if (field === "tool_choice" && value === "auto") continue;
    const name = NAMES.get(field) ?? field;
    // Two names for one setting that are both there stay two.
    settings[OURS.has(name) ? `body ${name}` : name !== field && name in body ? field : name] = value;
  }
  // A name of the user's stands for all of that.
  const identity = named === undefined ? identityOf(provider, house) : undefined;
  if (identity) settings.identity = identity;
  const tools =
    Array.isArray(body.tools) && body.tools.length > 0 ? { tools: body.tools.map(withoutDialect) } : {};
  return {
    model: named ?? `${house.name}/${typeof body.model === "string" ? body.model : ""}`,
    ...tools,
    ...(Object.keys(settings).length > 0 && { settings }),
  };
}

/** Throws an `Aside` for a body whose meaning or whose reply lies with the provider. */
export function refuseState(body: JsonRecord): void {
  refuseServerState(without(body, ["messages", "input", "metadata"]));
  // Who asks the provider to keep the reply will come back for it there; a background reply is fetched there.
  if (body.store === true || body.background === true) throw new Aside("server-state");
  // OpenAI's prompts are texts that it keeps, and that may change there.
  if (isRecord(body.prompt) && "id" in body.prompt) throw new Aside("server-state");
}

function identityOf({ endpoint, onBehalfOf }: AskedProvider, house: House): JsonRecord | undefined {
  const identity = { ...(endpoint !== house.endpoint && { endpoint }), ...onBehalfOf };
  return Object.keys(identity).length > 0 ? identity : undefined;
}

/** A tool without what a library notes in its schema: its dialect. */
function withoutDialect(tool: unknown): unknown {
  if (!isRecord(tool) || !isRecord(tool.function) || !isRecord(tool.function.parameters)) return tool;
  return {
    ...tool,
    function: { ...tool.function, parameters: without(tool.function.parameters, ["$schema"]) },
  };
}

// A hint to a provider's own prompt cache, which changes the bill and not the reply.
const PART_HINTS = ["type", "text", "cache_control", "cacheControl"];

/**
 * What stands beside the text in text parts of the messages: the core compares their text alone. By message
 * and part, so that the same beside another text is something else.
 */
export function partOptions(messages: readonly unknown[]): { readonly part_options?: readonly unknown[] } {
  const found: unknown[] = [];
  messages.forEach((message, turn) => {
    if (!isRecord(message)) return;
    recordsIn(message.content).forEach((part, index) => {
      if (part.type !== "text") return;
      const more = without(part, PART_HINTS);
      if (Object.keys(more).length > 0) found.push([turn, index, more]);
    });
  });
  return found.length > 0 ? { part_options: found } : {};
}

const ON_BEHALF = /organi[sz]ation|workspace|project|tenant|region|(?:^|-)beta$|^anthropic-version$/;

/** The headers that tell on whose behalf a provider is asked. */
export function onBehalfOf(headers: Iterable<readonly [string, string]>): Record<string, string> {
  const told = [...headers].map(([name, value]) => [name.toLowerCase(), value] as const);
  return Object.fromEntries(told.filter(([name]) => ON_BEHALF.test(name)));
}
