import { mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { BadHook, loadHooks } from "../../../server/hooks/load.js";
import type { HookRun } from "../../../server/hooks/run.js";
import { hooksSection } from "../../../server/hooks/schema.js";
import type { Hooks } from "../../../server/stages.js";
import { assemble, SILENT, TRAP } from "../wasm/assembler.js";
import { request } from "./support.js";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "reprise-hooks-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const write = (name: string, text: string | Uint8Array): void => writeFileSync(join(folder, name), text);

async function load(...entries: object[]): Promise<{ hooks: Hooks; runs: HookRun[] }> {
  const runs: HookRun[] = [];
  const hooks = await loadHooks(hooksSection.parse(entries), { folder, onRun: (run) => runs.push(run) });
  if (!hooks) throw new Error("there are hooks");
  onTestFinished(() => hooks.close?.());
  return { hooks, runs };
}

describe("the hooks of a configuration", () => {
  it("are none where none are named", async () => {
    expect(await loadHooks([], { folder, onRun: () => undefined })).toBeUndefined();
  });

  it("are modules of JavaScript and TypeScript and plugins, in their order", async () => {
    write("first.mjs", "export const hook = { request: (body) => ({ body: { ...body, a: 1 } }) };");
    write(
      "second.ts",
      'export default { name: "b", request: (body: object) => ({ body: { ...body, b: 2 } }) };',
    );
    write("third.wasm", assemble({ functions: { request: SILENT } }));
    const { hooks, runs } = await load(
      { module: "./first.mjs" },
      { module: "second.ts" },
      { wasm: "./third.wasm" },
    );
    expect(await hooks.onRequest(request({ body: {} }))).toEqual({ to: "go", body: { a: 1, b: 2 } });
    expect(runs.map(({ hook }) => hook)).toEqual(["first", "b", "third"]);
  });

  it("are handed their options, and called by the name that the configuration gives", async () => {
    write(
      "made.mjs",
      "export const hook = async ({ word }) => ({ name: 'x', request: () => ({ answer: { word } }) });",
    );
    const { hooks, runs } = await load({ module: "made.mjs", name: "greeter", options: { word: "tea" } });
    expect(await hooks.onRequest(request())).toEqual({ to: "answer", reply: { word: "tea" } });
    expect(runs).toMatchObject([{ hook: "greeter" }]);
  });

  it("are open or closed as the configuration says, else as they say, else closed", async () => {
    const fails = "request: () => { throw new Error('no'); }";
    write("closed.mjs", `export const hook = { ${fails} };`);
    write("open.mjs", `export const hook = { onError: "open", ${fails} };`);
    write("trap.wasm", assemble({ functions: { request: TRAP } }));
    const verdict = async (entry: object) => (await (await load(entry)).hooks.onRequest(request())).to;
    expect(await verdict({ module: "closed.mjs" })).toBe("refuse");
    expect(await verdict({ module: "closed.mjs", on_error: "open" })).toBe("go");
    expect(await verdict({ module: "open.mjs" })).toBe("go");
    expect(await verdict({ module: "open.mjs", on_error: "closed" })).toBe("refuse");
    expect(await verdict({ wasm: "trap.wasm" })).toBe("refuse");
    expect(await verdict({ wasm: "trap.wasm", on_error: "open" })).toBe("go");
  });

  it("are read again when their file has changed", async () => {
    write("changing.mjs", "export const hook = { request: () => ({ answer: { say: 1 } }) };");
    await load({ module: "changing.mjs" });
    write("changing.mjs", "export const hook = { request: () => ({ answer: { say: 2 } }) };");
    utimesSync(join(folder, "changing.mjs"), new Date(), new Date(Date.now() + 5_000));
    const { hooks } = await load({ module: "changing.mjs" });
    expect(await hooks.onRequest(request())).toEqual({ to: "answer", reply: { say: 2 } });
  });

  it.each<[string, string, RegExp]>([
    ["no module", "export const hook = {", /it does not load \(SyntaxError/],
    ["one that throws", "throw new Error('no key');", /it does not load \(Error: no key\)/],
    ["no hook", "export const guard = {};", /it exports no `hook`/],
    ["no functions", "export const hook = { name: 'a' };", /it has none of the functions request, modelCall/],
    ["a misspelt function", "export const hook = { onRequest() {} };", /a hook has no "onRequest"/],
    ["no function in its place", "export const hook = { reply: 1 };", /"reply" is no function/],
    ["chunk alone", "export const hook = { chunk() {} };", /it has `chunk` and no `reply`/],
    [
      "options that it refuses",
      "export const hook = () => { throw new Error('no word'); };",
      /no such options \(Error: no word\)/,
    ],
  ])("with %s are refused by name and place", async (_, text, why) => {
    write("wrong.mjs", text);
    utimesSync(join(folder, "wrong.mjs"), new Date(), new Date(Math.random() * 1e12));
    write("right.mjs", "export const hook = { trace() {} };");
    const entries = hooksSection.parse([{ module: "right.mjs" }, { module: "./wrong.mjs" }]);
    const loading = loadHooks(entries, { folder, onRun: () => undefined });
    await expect(loading).rejects.toThrow(/^hooks\.1: the hook \.\/wrong\.mjs cannot be taken: /);
    await expect(loading).rejects.toThrow(why);
    await expect(loading).rejects.toBeInstanceOf(BadHook);
  });

  it("that are not there, or have the name of another, are refused", async () => {
    await expect(load({ module: "none.mjs" })).rejects.toThrow(
      "none.mjs cannot be taken: it cannot be read (ENOENT)",
    );
    await expect(load({ wasm: "none.wasm" })).rejects.toThrow(
      "none.wasm cannot be taken: it cannot be read (ENOENT)",
    );
    write("same.mjs", "export const hook = { trace() {} };");
    await expect(load({ module: "same.mjs" }, { module: "same.mjs" })).rejects.toThrow(
      /two hooks are called "same"/,
    );
  });

  it("need a module or a plugin, one of them, and nothing unknown", () => {
    expect(hooksSection.safeParse([{}]).success).toBe(false);
    expect(hooksSection.safeParse([{ module: "a", wasm: "b" }]).success).toBe(false);
    expect(hooksSection.safeParse([{ module: "a", onError: "open" }]).success).toBe(false);
  });
});
