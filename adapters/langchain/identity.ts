/**
 * Who a chat model is: what its class, its constructor and its fields say of it, beside what it sends with a
 * call.
 */
import { isRecord } from "./plain.js";

/**
 * What tells models apart, as plain data without secrets; `undefined` where provider and model name say all
 * of it.
 */
export type Identity = Readonly<Record<string, unknown>> | undefined;

/** A model as LangChain writes it down; handlers see no more of one. */
export interface WrittenModel {
  readonly id?: readonly string[] | undefined;
  readonly kwargs?: unknown;
}

/** What of a model object is read. */
export interface ModelObject {
  readonly lc_kwargs?: unknown;
  readonly lc_id?: readonly string[];
  readonly lc_secrets?: Readonly<Record<string, string>> | undefined;
  readonly lc_serializable?: boolean;
  _llmType?(): string;
  _identifyingParams?(): Record<string, unknown>;
}

/**
 * The identity of a model at hand. Read anew when one of its own fields has changed. Constructor arguments
 * that are objects are read once each: what a class counts or gathers in them later is no part of who it is.
 */
export function identityOf(model: ModelObject): Identity {
  const own = ownFields(model);
  const known = identities.get(model);
  const key = JSON.stringify(own);
  if (known?.key === key) return known.identity;
  const identity = read(model, own);
  identities.set(model, { key, identity });
  return identity;
}

const identities = new WeakMap<object, { readonly key: string; readonly identity: Identity }>();

/**
 * The identity of a model that was only written down. What its class keeps to itself stays unknown, and is
 * said to be.
 */
export function writtenIdentity({ id, kwargs }: WrittenModel): Identity {
  const told = isRecord(kwargs) ? toldFields(withoutSecrets(kwargs)) : undefined;
  if (isPlainSpoken(id, id?.at(-1))) return addresses(told ?? {});
  return { id, ...(told ? { arguments: underOneName(told) } : { unknown: true }) };
}

function read(model: ModelObject, own: Record<string, unknown>): Identity {
  const { lc_id: id, lc_kwargs: kwargs, lc_secrets: secrets = {} } = model;
  const given = isRecord(kwargs)
    ? Object.entries(kwargs).filter(([name]) => !Object.hasOwn(secrets, name))
    : [];
  // A setting may have been written anew since.
  const told = toldFields(Object.fromEntries(given.map(([name, value]) => [name, own[name] ?? value])));
  const identifying = toldFields(model._identifyingParams?.() ?? {});
  const className = Object.getPrototypeOf(model)?.constructor?.name;
  if (isPlainSpoken(id, className)) return addresses({ ...own, ...identifying, ...told });
  const arguments_ = underOneName(told);
  // What is written down, a handler sees too; the rest only the object knows.
  const more = Object.entries(underOneName({ ...identifying, ...own })).filter(
    ([name]) => !(name in arguments_),
  );
  return {
    id,
    arguments: arguments_,
    ...(more.length > 0 && { fields: Object.fromEntries(more) }),
    ...(!model.lc_serializable && { class: className, type: model._llmType?.() }),
  };
}

function withoutSecrets(kwargs: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(kwargs).filter(
      ([, value]) => !(isRecord(value) && value.lc === 1 && value.type === "secret"),
    ),
  );
}

// LangChain writes names down with underscores.
function underOneName(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [oneName(name), value]));
}

const oneName = (name: string): string => name.replaceAll("_", "").toLowerCase();

// Classes that send every setting they have with a call, under their provider's and their model's name; what
// is left to tell is where they send it.
const PLAIN_SPOKEN = new Set(["ChatOpenAI"]);

function isPlainSpoken(id: readonly string[] | undefined, className: unknown): boolean {
  return id?.[0] === "langchain" && id.at(-1) === className && PLAIN_SPOKEN.has(String(className));
}

const ADDRESS =
  /url|host|endpoint|organi[sz]ation|project|region|location|deployment|instance|api_?version|base_?path|header|query|proxy/i;
// Where each of these is when nobody says otherwise.
const DEFAULT_ADDRESSES = new Set(["https://api.openai.com/v1"]);

/** The fields that say where a model is, at any depth, one name a field. */
function addresses(fields: Readonly<Record<string, unknown>>): Identity {
  const found: Record<string, unknown> = {};
  const search = (record: Readonly<Record<string, unknown>>): void => {
    for (const [name, value] of Object.entries(record)) {
      if (ADDRESS.test(name)) {
        const text = typeof value === "string" ? value.replace(/\/+$/, "") : value;
        const isEmpty = isRecord(text) && Object.keys(text).length === 0;
        if (!DEFAULT_ADDRESSES.has(String(text)) && !isEmpty && text !== "") found[sameName(name)] = text;
      } else if (isRecord(value)) search(value);
    }
  };
  search(fields);
  return Object.keys(found).length > 0 ? found : undefined;
}

// One address has several names: as an argument, in the client's options, as LangChain writes it down.
const sameName = (name: string): string => (/url$/i.test(name) ? "endpoint" : oneName(name));

// Of every model of LangChain, and without a say in its reply.
const BOOKKEEPING = new Set([
  "verbose",
  "callbacks",
  "callbackManager",
  "callback_manager",
  "tags",
  "metadata",
  "cache",
  "name",
  "maxConcurrency",
  "max_concurrency",
  "maxRetries",
  "max_retries",
  "timeout",
  "onFailedAttempt",
  "on_failed_attempt",
  "disableStreaming",
  "disable_streaming",
  "streaming",
  "streamUsage",
  "stream_usage",
  "outputVersion",
  "output_version",
  "lc_serializable",
  "lc_runnable",
  "dangerouslyAllowBrowser",
  "ParsedCallOptions",
]);

const SECRET =
  /api_?key|secret|password|passwd|credential|authorization|cookie|private_?key|bearer|(access|auth|session|refresh|id|security)_?token$|^token$|^auth$|user-agent|^x-stainless/i;

function isTold(name: string): boolean {
  return !BOOKKEEPING.has(name) && !SECRET.test(name);
}

/**
 * The model's own texts, switches and numbers; of its numbers only those it was made with or given, not those
 * it counts.
 */
function ownFields(model: object): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  const settings = numbersOf(model);
  for (const [name, value] of Object.entries(model)) {
    if (!isTold(name)) continue;
    if (typeof value === "string" || typeof value === "boolean") fields[name] = value;
    else if (typeof value === "number") fields[name] = settings.get(name) ?? value;
  }
  return fields;
}

const numbers = new WeakMap<object, Map<string, number>>();

function numbersOf(model: object): Map<string, number> {
  let known = numbers.get(model);
  if (!known) {
    known = new Map(
      Object.entries(model).filter((entry): entry is [string, number] => typeof entry[1] === "number"),
    );
    numbers.set(model, known);
  }
  return known;
}

/** Notes a number that the caller has set on a model: it is a setting, not a count. */
export function noteNumber(model: object, name: string, value: number): void {
  numbersOf(model).set(name, value);
}

const plainObjects = new WeakMap<object, unknown>();
const MAX_DEPTH = 8;

/** A record's plain data; functions, class instances, secrets and bookkeeping are left out. */
export function toldFields(record: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return plainRecord(Object.entries(record), -1);
}

function plainData(value: unknown, depth: number): unknown {
  if (typeof value === "bigint") return String(value);
  if (typeof value === "number" || typeof value === "string" || typeof value === "boolean")
    return Number.isNaN(value) ? "NaN" : value;
  if (typeof value !== "object" || value === null || depth > MAX_DEPTH) return undefined;
  if (value instanceof URL) return value.href;
  const known = plainObjects.get(value);
  if (known !== undefined) return known;
  const read = readObject(value, depth);
  if (read !== undefined) plainObjects.set(value, read);
  return read;
}

function readObject(value: object, depth: number): unknown {
  if (Array.isArray(value)) return value.map((item) => plainData(item, depth + 1) ?? null);
  if (value instanceof Map || value instanceof Headers) return plainRecord([...value], depth);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== null && prototype !== Object.prototype) return undefined;
  return plainRecord(Object.entries(value), depth);
}

function plainRecord(
  entries: readonly (readonly [unknown, unknown])[],
  depth: number,
): Record<string, unknown> {
  const told = entries
    .map(([name, value]) => [String(name), value] as const)
    .filter(([name]) => isTold(name))
    .map(
      ([name, value]) =>
        [name, /headers$/i.test(name) ? headersOf(value) : plainData(value, depth + 1)] as const,
    );
  return Object.fromEntries(told.filter(([, value]) => value !== undefined));
}

// A header of any name may be a key; these are known to be none.
function headersOf(value: unknown): Record<string, unknown> | undefined {
  const entries = value instanceof Headers ? [...value] : isRecord(value) ? Object.entries(value) : [];
  const told = entries.filter(([name]) => /organi[sz]ation|project|tenant|region|version|beta/i.test(name));
  return told.length > 0
    ? Object.fromEntries(told.map(([name, item]) => [name.toLowerCase(), String(item)]))
    : undefined;
}
