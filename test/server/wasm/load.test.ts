import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import type { HookCall } from "../../../server/hooks/define.js";
import type { LoadedHook } from "../../../server/hooks/run.js";
import { loadPlugin } from "../../../server/wasm/load.js";
import { ALLOC, assemble, ECHO, GROW, LOOP, NO_JSON, type Parts, SILENT, TRAP } from "./assembler.js";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "reprise-plugins-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let files = 0;
async function load(
  given: Parts | Uint8Array,
  { timeout = 2_000, memory = 1024 * 1024 }: { timeout?: number; memory?: number } = {},
): Promise<LoadedHook> {
  const written = `plugin-${files++}.wasm`;
  const path = join(folder, written);
  writeFileSync(path, given instanceof Uint8Array ? given : assemble(given));
  const loaded = await loadPlugin({
    ...{ name: written, path, written, onError: "closed", timeout, memory, options: { word: "tea" } },
  });
  onTestFinished(() => loaded.close?.());
  return loaded;
}

const call = (state: Record<string, unknown> = {}): HookCall => ({
  ...{ id: "1", api: "chat", model: "m", stream: false, key: undefined, headers: {}, state },
  signal: new AbortController().signal,
});

const refused = (given: Parts | Uint8Array, options = {}): Promise<string> =>
  load(given, options).then(
    () => "taken",
    (error: Error) => error.message,
  );

describe("a plugin", () => {
  it("is handed JSON, and what it returns is read as JSON", async () => {
    const { hook } = await load({ functions: { request: ECHO, reply: SILENT } });
    // What it was handed comes back: a verdict with names that no verdict has, for whoever checks it.
    expect(await hook.request?.({ model: "m" }, call())).toEqual({
      call: { id: "1", api: "chat", model: "m", stream: false, headers: {}, state: {} },
      body: { model: "m" },
      options: { word: "tea" },
    });
    expect(await hook.reply?.({ body: {}, from: "cache" }, call())).toBeUndefined();
    expect(hook.chunk).toBeUndefined();
  });

  it("that never ends is ended, and the next call finds another", async () => {
    const { hook } = await load(
      { functions: { request: LOOP, modelCall: SILENT, reply: ECHO } },
      { timeout: 300 },
    );
    const given = { body: { a: 1 }, from: "provider" } as const;
    // One that waits behind it has its turn when the thread is a new one, or is told that it had none.
    await expect(hook.request?.({}, call())).rejects.toMatchObject({ name: "HookTimeout" });
    await expect
      .poll(
        async () =>
          await (async () => (await hook.reply?.(given, call())) !== undefined)().catch(() => false),
        { timeout: 10_000 },
      )
      .toBe(true);
  });

  it("that takes more memory than it may gets none, and the next call finds a new one", async () => {
    const { hook } = await load(
      { functions: { request: GROW, reply: ECHO }, memory: [1] },
      { timeout: 10_000 },
    );
    await expect(hook.request?.({}, call())).rejects.toMatchObject({
      name: "PluginFailed",
      message: "RuntimeError",
    });
    expect(await hook.reply?.({ body: {}, from: "cache" }, call())).toBeDefined();
  });

  it("that asks the host for more than it may gets none", async () => {
    const { hook } = await load({ functions: { request: ALLOC, reply: ECHO } }, { timeout: 10_000 });
    await expect(hook.request?.({}, call())).rejects.toMatchObject({
      name: "PluginFailed",
      message: "RangeError",
    });
    expect(await hook.reply?.({ body: {}, from: "cache" }, call())).toBeDefined();
  });

  it("that traps fails, and the next call finds a new one", async () => {
    const { hook } = await load({ functions: { request: TRAP, reply: ECHO } });
    await expect(hook.request?.({}, call())).rejects.toMatchObject({ message: "RuntimeError" });
    expect(await hook.reply?.({ body: {}, from: "cache" }, call())).toBeDefined();
  });

  it("that returns no JSON fails", async () => {
    const { hook } = await load({ functions: { request: NO_JSON } });
    await expect(hook.request?.({}, call())).rejects.toMatchObject({ name: "BadHookResult" });
  });

  it("takes its calls one after the other, and all of them", async () => {
    const { hook } = await load({ functions: { request: ECHO } }, { timeout: 10_000 });
    const bodies = Array.from({ length: 50 }, (_, index) => ({ index }));
    const said = await Promise.all(bodies.map((body) => hook.request?.(body, call())));
    expect(said.map((each) => (each as { body: unknown }).body)).toEqual(bodies);
  });

  it("that is closed takes no more", async () => {
    const { hook, close } = await load({ functions: { request: SILENT } });
    await close?.();
    await expect(hook.request?.({}, call())).rejects.toMatchObject({ name: "PluginFailed" });
  });
});

describe("a file that is no plugin", () => {
  it.each<[string, Parts | Uint8Array, RegExp]>([
    ["garbage", Buffer.from("no plugin at all"), /it is no WebAssembly module/],
    [
      "half a module",
      assemble({ functions: { request: SILENT } }).subarray(0, 60),
      /no whole WebAssembly module/,
    ],
    [
      "a broken section",
      Buffer.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 10, 2, 1, 9]),
      /it is no WebAssembly module/,
    ],
    [
      "no function of a hook",
      { functions: { add: SILENT } },
      /exports none of the functions request, model_call/,
    ],
    ["chunk alone", { functions: { chunk: SILENT } }, /exports chunk and not reply/],
    [
      "WASI",
      { functions: { request: SILENT }, imports: [["wasi_snapshot_preview1", "sched_yield"]] },
      /it imports wasi_snapshot_preview1 sched_yield, and gets functions of extism:host\/env alone/,
    ],
    ["a trap at its start", { functions: { request: SILENT }, start: TRAP }, /it does not start/],
    ["too much memory", { functions: { request: SILENT }, memory: [17] }, /beyond the limit of 1048576/],
  ])("with %s is refused by name", async (_, given, why) => {
    const said = await refused(given);
    expect(said).toMatch(why);
    expect(said).toMatch(/^the plugin plugin-\d+\.wasm cannot be taken: /);
  });

  it("that is not there is refused by name", async () => {
    await expect(
      loadPlugin({
        ...{
          name: "a",
          path: join(folder, "none.wasm"),
          written: "./none.wasm",
          onError: "open",
          timeout: 1,
        },
        ...{ memory: 1, options: {} },
      }),
    ).rejects.toThrow("the plugin ./none.wasm cannot be taken: it cannot be read (ENOENT)");
  });
});
