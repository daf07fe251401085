/** `GET /v1/models`: what the models of all providers are called here. */
import { isRecord, type JsonRecord, recordsIn } from "../../adapters/openai/record-of.js";
import type { Caller } from "../stages.js";
import { allows } from "./pattern.js";
import type { Provider } from "./provider.js";

/** A provider, and which models are routed to it. */
export interface Reachable {
  readonly provider: Provider;
  readonly isRouted: (model: string) => boolean;
}

interface Asking {
  readonly headers: string[];
  readonly signal: AbortSignal;
  readonly caller: Caller;
}

// A list is a page of text; what is longer is none.
const MAX_LIST = 4 * 1024 * 1024;

/**
 * One list of all that can be asked for: each provider's own names as far as they are routed there, and those
 * that it is given here. A provider that does not answer is left out; `undefined` where none does and nothing
 * is named here.
 */
export async function mergedModels(
  reachable: readonly Reachable[],
  asking: Asking,
): Promise<JsonRecord | undefined> {
  const lists = await Promise.all(reachable.map((one) => modelsOf(one, asking)));
  const merged = new Map<string, JsonRecord>();
  for (const model of lists.flatMap((list) => list ?? []))
    if (typeof model.id === "string" && !merged.has(model.id)) merged.set(model.id, model);
  const { models } = asking.caller;
  const data = [...merged]
    .filter(([id]) => models === undefined || allows(models, id))
    .map(([, model]) => model);
  return lists.some((list) => list !== undefined) || merged.size > 0
    ? { object: "list", data, has_more: false }
    : undefined;
}

async function modelsOf(
  { provider, isRouted }: Reachable,
  asking: Asking,
): Promise<readonly JsonRecord[] | undefined> {
  const named = Object.keys(provider.config.model_map).filter((id) => !id.includes("*") && isRouted(id));
  const theirs = await ask(provider, asking).catch(() => undefined);
  const all = [
    ...named.map((id) => ({ id, created: 0 })),
    ...(theirs ?? []).flatMap(({ id, created, created_at: at }) =>
      typeof id === "string" && isRouted(id)
        ? [{ id, created: typeof created === "number" ? created : secondsOf(at) }]
        : [],
    ),
  ];
  if (theirs === undefined && named.length === 0) return undefined;
  // Both OpenAI's and Anthropic's clients read these.
  return all.map(({ id, created }) => ({
    ...{ id, object: "model", created, owned_by: provider.name },
    ...{ type: "model", display_name: id, created_at: new Date(created * 1_000).toISOString() },
  }));
}

async function ask(provider: Provider, { headers, signal }: Asking): Promise<JsonRecord[] | undefined> {
  const key = provider.keys.any();
  const answer = await provider.send({ method: "GET", path: "/models", headers, body: null, signal, key });
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of answer.body) {
    size += piece.length;
    if (size > MAX_LIST) return undefined;
    pieces.push(piece);
  }
  if (answer.status !== 200) return undefined;
  const value: unknown = JSON.parse(Buffer.concat(pieces).toString());
  return isRecord(value) && Array.isArray(value.data) ? recordsIn(value.data) : undefined;
}

const secondsOf = (at: unknown): number => {
  const time = typeof at === "string" ? Date.parse(at) : Number.NaN;
  return Number.isNaN(time) ? 0 : Math.floor(time / 1_000);
};
