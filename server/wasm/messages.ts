/** What is said between the gateway and the thread in which a plugin runs. */

import type { Module } from "./engine.js";

/** What a thread begins with. */
export interface PluginData {
  readonly module: Module;
  /** Bytes that one call may ask of the host, beside the module's own memory. */
  readonly memory: number;
}

/** To the thread: call this export with this text. One at a time. */
export interface PluginCall {
  readonly name: string;
  readonly input: string;
}

/** From the thread: it is ready, or a call has come to its end. */
export type PluginSaid =
  | { readonly kind: "ready" }
  | { readonly kind: "returned"; readonly output: string | undefined }
  /** Of an error, its class alone: what a plugin says may hold what it was shown. */
  | { readonly kind: "failed"; readonly error: string };
