/** Requests, and hooks in a row, without a server. */
import type { IncomingMessage } from "node:http";
import { apiNamed } from "../../../adapters/openai/call.js";
import { createHooks } from "../../../server/hooks/chain.js";
import type { GatewayHook } from "../../../server/hooks/define.js";
import type { HookRun, LoadedHook } from "../../../server/hooks/run.js";
import type { Hooks, ModelRequest, Trace } from "../../../server/stages.js";

let requests = 0;

/** A request with this body. */
export function request({
  body = { model: "m" },
  api = "chat",
  headers = {},
  signal = new AbortController().signal,
}: {
  body?: Record<string, unknown>;
  api?: string;
  headers?: Record<string, string>;
  signal?: AbortSignal;
} = {}): ModelRequest {
  return {
    id: `request-${requests++}`,
    method: "POST",
    path: "/v1/chat/completions",
    address: "127.0.0.1",
    incoming: { headers } as unknown as IncomingMessage,
    signal,
    caller: { id: "key-1", namespace: undefined, models: undefined },
    api: apiNamed(api),
    model: typeof body.model === "string" ? body.model : undefined,
    body,
    isStream: body.stream === true,
  };
}

export function traceOf({ id, method, path, model }: ModelRequest, more: Partial<Trace> = {}): Trace {
  return {
    ...{
      id,
      method,
      path,
      model,
      at: 0,
      address: undefined,
      caller: undefined,
      api: "chat",
      isStream: false,
    },
    ...{ status: 200, stoppedBy: undefined, cache: undefined, provider: "openai", attempts: [] },
    ...{ usage: undefined, took: 1, isWhole: true },
    ...more,
  };
}

export type Given = GatewayHook & { readonly timeout?: number };

/** Hooks in a row, and what they were run for. */
export function row(...given: Given[]): { hooks: Hooks; runs: HookRun[] } {
  const runs: HookRun[] = [];
  const loaded = given.map(
    (hook, index): LoadedHook => ({
      name: hook.name ?? String.fromCharCode(97 + index),
      onError: hook.onError ?? "closed",
      timeout: hook.timeout ?? 10_000,
      hook,
    }),
  );
  return { hooks: createHooks(loaded, (run) => runs.push(run)), runs };
}
