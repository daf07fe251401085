/** One request, asked of several providers in turn until one answers: what is tried again, where, and when not. */
import { BrokenCircuitError } from "cockatiel";
import { errors } from "undici";
import { isRecord, type JsonRecord } from "../../adapters/openai/record-of.js";
import { printEvent } from "../../adapters/openai/sse.js";
import { pairs, type RawHeaders } from "../headers.js";
import type { Attempt } from "../stages.js";
import { type ProviderAnswer, type ProviderRequest, type RouteRequest, Unanswered } from "../upstream.js";
import { pause, type RetryBudget, retryAfterOf, waitFor } from "./backoff.js";
import type { Chance, Key } from "./keys.js";
import { isLeaving, type Provider, renamed } from "./provider.js";
import type { FailoverConfig } from "./schema.js";

/** What one request is asked with. */
export interface Turn {
  readonly asked: ProviderRequest;
  readonly request: RouteRequest;
  readonly failover: FailoverConfig;
  readonly budget: RetryBudget;
  readonly chance: Chance;
}

/** What came of one attempt. */
type Outcome =
  | { readonly is: "answered"; readonly answer: ProviderAnswer }
  /** A reply with a status that another attempt may better. */
  | { readonly is: "failed"; readonly answer: ProviderAnswer; readonly isOfKey: boolean }
  | { readonly is: "broken"; readonly error: unknown }
  /** It is not asked: all its keys rest, or it is left alone. */
  | { readonly is: "away"; readonly backIn: number };

/**
 * Asks. A reply whose first byte is there is never asked for again; of failures, the last that a provider
 * wrote is what the client gets. Rejects with what the connection broke with where none wrote anything, and
 * with `Unanswered` where nobody could be asked.
 */
export async function askInTurn(order: readonly Provider[], turn: Turn): Promise<ProviderAnswer> {
  const { failover, asked, budget, chance } = turn;
  // What is passed on piece by piece is there once.
  const isOnce = !(
    asked.body === null ||
    asked.body === undefined ||
    typeof asked.body === "string" ||
    asked.body instanceof Buffer
  );
  const most = isOnce ? 1 : failover.attempts;
  let last: Outcome | undefined;
  let attempt = 0;
  let backIn = Number.POSITIVE_INFINITY;
  for (const provider of order) {
    for (let here = 1; here <= failover.per_provider && attempt < most; here++) {
      // 1. Another attempt has its price, and where no other key can be taken, its wait.
      if (attempt > 0 && !budget.spend()) return settle(last, backIn);
      if (here > 1 && !(last?.is === "failed" && last.isOfKey)) {
        const retryAfter = last?.is === "failed" ? retryAfterOf(last.answer, Date.now()) : undefined;
        const wait = waitFor(here - 1, { retryAfter, backoff: failover.backoff }, chance);
        if (wait === undefined) break;
        await pause(wait, asked.signal);
      }
      // 2. The attempt.
      const outcome = await tryOnce(provider, attempt + 1, turn);
      if (outcome.is === "answered") return outcome.answer;
      if (outcome.is === "away") {
        backIn = Math.min(backIn, outcome.backIn);
        break;
      }
      attempt++;
      last = outcome;
    }
  }
  return settle(last, backIn);
}

/** What the client gets where nobody answered. */
function settle(last: Outcome | undefined, backIn: number): ProviderAnswer {
  if (last?.is === "failed") return last.answer;
  if (last?.is === "broken") throw last.error;
  throw new Unanswered({
    to: "refuse",
    status: 503,
    message: "no provider can be asked now: they have failed, or their keys rest",
    retryAfter: Number.isFinite(backIn) ? Math.max(1, backIn / 1_000) : 1,
  });
}

async function tryOnce(provider: Provider, attempt: number, turn: Turn): Promise<Outcome> {
  const { asked, request, chance, failover } = turn;
  const { keys, config } = provider;
  const began = chance.now();
  let key: Key | undefined;
  if (config.keys.length > 0) {
    key = keys.take(request.model);
    if (!key) return keys.has(request.model) ? { is: "away", backIn: keys.backIn(request.model) } : NEVER;
  }
  const tell = (outcome: Attempt["outcome"]): void =>
    asked.onAttempt?.({ provider: provider.name, key: key?.name, outcome, took: chance.now() - began });

  const model = provider.nameOf(request.model);
  const readied = await ready(provider, { attempt, model, turn });
  if ("answer" in readied) {
    tell("hook");
    return { is: "answered", answer: readied.answer };
  }
  try {
    const { method, headers, signal } = asked;
    const answer = await provider.send({
      ...{ method, headers, key, path: request.path, body: readied.body ?? null },
      ...(signal && { signal }),
    });
    tell(answer.status);
    if (!failover.statuses.includes(answer.status))
      return {
        is: "answered",
        answer:
          model === request.model ? answer : { ...answer, ...(model !== undefined && { askedAs: model }) },
      };
    const isOfKey = [401, 403, 429].includes(answer.status);
    // The caller's own key is no better the second time.
    const isTheirs = key === undefined && (answer.status === 401 || answer.status === 403);
    if (isTheirs) return { is: "answered", answer };
    if (key && isOfKey) keys.rest(key, retryAfterOf(answer, Date.now()) ?? config.rest * 1_000);
    const failed = await held(answer);
    return { is: "failed", answer: failed, isOfKey: isOfKey && keys.take(request.model) !== undefined };
  } catch (error) {
    if (error instanceof BrokenCircuitError) {
      tell("open");
      return { is: "away", backIn: config.breaker.rest * 1_000 };
    }
    tell(outcomeOf(error));
    if (asked.signal?.aborted || isLeaving(error)) throw error;
    return { is: "broken", error };
  }
}

const NEVER: Outcome = { is: "away", backIn: Number.POSITIVE_INFINITY };

/** The body for one provider, after the hooks; or the answer that one of them gives. Rejects with `Unanswered`. */
async function ready(
  provider: Provider,
  {
    attempt,
    model,
    turn: { asked, request },
  }: { readonly attempt: number; readonly model: string | undefined; readonly turn: Turn },
): Promise<{ readonly body: ProviderRequest["body"] } | { readonly answer: ProviderAnswer }> {
  let { body = null } = asked;
  const isText = typeof body === "string" || body instanceof Buffer;
  if (model !== undefined && model !== request.model && isText) body = renamed(String(body), model);
  if (!asked.before) return { body };
  const verdict = await asked.before({
    provider: provider.name,
    model,
    attempt,
    body: isText ? objectIn(String(body)) : undefined,
  });
  if (verdict.to === "refuse") throw new Unanswered(verdict);
  if (verdict.to === "answer") return { answer: answerOf(verdict.reply, request) };
  return { body: verdict.body ? JSON.stringify(verdict.body) : body };
}

/** A hook's reply as a provider's: nobody learns it. */
function answerOf(reply: JsonRecord, { api, body = {} }: RouteRequest): ProviderAnswer {
  const isStream = api !== undefined && body.stream === true;
  const text = isStream
    ? [...api.toEvents(reply, { body, pieces: "whole" })].map(printEvent).join("")
    : JSON.stringify(reply);
  return {
    status: 200,
    headers: ["content-type", isStream ? "text/event-stream; charset=utf-8" : "application/json"],
    body: pieces(Buffer.from(text)),
    ...{ provider: "hook", isKept: false },
  };
}

// An error is a few lines. A longer one, or one that broke off, is told as far as it was read.
const MAX_ERROR = 256 * 1024;

/** A failure, taken off its connection: it may be what the client gets after all. */
async function held(answer: ProviderAnswer): Promise<ProviderAnswer> {
  const read: Buffer[] = [];
  let size = 0;
  let isWhole = true;
  try {
    for await (const piece of answer.body) {
      size += piece.length;
      isWhole = size <= MAX_ERROR;
      if (!isWhole) break;
      read.push(piece);
    }
  } catch {
    isWhole = false;
  }
  const headers = isWhole ? answer.headers : without(answer.headers, "content-length");
  return { ...answer, headers, body: pieces(Buffer.concat(read)) };
}

function without(headers: RawHeaders, name: string): RawHeaders {
  return [...pairs(headers)].filter(([other]) => other.toLowerCase() !== name).flat();
}

async function* pieces(...all: readonly Buffer[]): AsyncGenerator<Buffer, void> {
  yield* all;
}

function outcomeOf(error: unknown): Attempt["outcome"] {
  if (isLeaving(error)) return "left";
  const isLate =
    error instanceof errors.HeadersTimeoutError ||
    error instanceof errors.BodyTimeoutError ||
    error instanceof errors.ConnectTimeoutError;
  return isLate ? "timeout" : "connection";
}

function objectIn(text: string): JsonRecord | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
