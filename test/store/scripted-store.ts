/**
 * A storage adapter whose faults are caused by the test: it refuses, hangs, or hides its errors as Redis'
 * does.
 */
import { EventEmitter } from "node:events";
import { Keyv } from "keyv";
import { Keyv as Keyv6 } from "keyv6";
import type { KeyvLike, StoredEvent, StoreFault } from "../../src/store/index.js";

export type Mode = "up" | "down" | "hang" | "mute";

export class ScriptedStore extends EventEmitter {
  mode: Mode = "up";
  /** Operations begun. */
  calls = 0;
  /** Fails operations on the keys it accepts, as `mode` says; all keys by default. */
  affects: (key: string, operation: "get" | "set" | "delete") => boolean = () => true;
  /** Called before each single operation. */
  before: (key: string, operation: "get" | "set" | "delete") => void | Promise<void> = () => undefined;
  private hanging: (() => void)[] = [];

  constructor(readonly map: Map<string, unknown> = new Map()) {
    super();
    this.setMaxListeners(0);
  }

  get(key: string): Promise<unknown> {
    return this.operate(key, "get", () => this.map.get(key));
  }

  set(key: string, value: unknown): Promise<unknown> {
    return this.operate(key, "set", () => void this.map.set(key, value));
  }

  delete(key: string): Promise<unknown> {
    return this.operate(key, "delete", () => this.map.delete(key));
  }

  async clear(): Promise<void> {}

  /** What hangs now happens. */
  letGo(): void {
    for (const proceed of this.hanging.splice(0)) proceed();
  }

  private async operate(
    key: string,
    operation: "get" | "set" | "delete",
    act: () => unknown,
  ): Promise<unknown> {
    this.calls++;
    await this.before(key, operation);
    if (this.mode === "up" || !this.affects(key, operation)) return act();
    if (this.mode === "down") throw new Error("down");
    if (this.mode === "mute") {
      this.emit("error", new Error("down, but quietly"));
      return undefined;
    }
    await new Promise<void>((resolve) => this.hanging.push(resolve));
    return act();
  }
}

/** The same with a `getMany`, as most adapters have. */
export class ScriptedStoreWithGetMany extends ScriptedStore {
  async getMany(keys: string[]): Promise<unknown[]> {
    return Promise.all(keys.map((key) => this.get(key)));
  }
}

/** Both versions of Keyv on an adapter. */
export const KEYVS: Record<string, (store: object) => KeyvLike> = {
  "Keyv 5": (store) => new Keyv({ store, namespace: "" }),
  "Keyv 6": (store) => new Keyv6({ store: store as Map<string, unknown> }),
};

/** A put with a body of its own. */
export function put(id: string, at: number, body: unknown = { id, at }): StoredEvent {
  return { kind: "put", id, at, body };
}

/** A list of faults and the listener that fills it. */
export function faultList(): {
  faults: StoreFault[];
  onFault: (fault: StoreFault) => void;
  codes: () => string[];
} {
  const faults: StoreFault[] = [];
  return {
    faults,
    onFault: (fault) => void faults.push(fault),
    codes: () => [...new Set(faults.map(({ code, operation }) => `${operation} ${code}`))].sort(),
  };
}

/** Resolves when a condition holds. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2));
}
