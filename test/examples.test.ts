/** Runs the examples as their readers do, on a build of the present sources. */
import { execFile, execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));
let build: string;

beforeAll(() => {
  // Inside the project, so that what the build imports is found; not dist, which is whoever built it last.
  mkdirSync(join(root, ".tmp"), { recursive: true });
  build = mkdtempSync(join(root, ".tmp", "examples-"));
  execFileSync(
    process.execPath,
    [
      join(root, "node_modules/tsup/dist/cli-default.js"),
      "--no-dts",
      "--no-clean",
      "--silent",
      "--out-dir",
      build,
    ],
    {
      cwd: root,
    },
  );
}, 60_000);

afterAll(() => rmSync(build, { recursive: true, force: true }));

async function run(example: string, ...given: string[]): Promise<string> {
  const { OPENAI_API_KEY: _key, ...env } = process.env;
  const hooks = new URL("support/resolve-built-package.mjs", import.meta.url).href;
  const { stdout } = await promisify(execFile)(process.execPath, [join("examples", example), ...given], {
    cwd: root,
    env: { ...env, REPRISE_BUILD: build, NODE_OPTIONS: `--import=${hooks}` },
    timeout: 30_000,
  });
  return stdout;
}

/** The verdicts of an example's steps, in order. */
const verdicts = (output: string): string[] =>
  [...output.matchAll(/^ {2}(hit \w+|miss [\w-]+|bypass [\w-]+)/gm)].map((line) => line[1] ?? "");

describe("the examples", () => {
  it("support-agent.ts prints what README.md shows beneath its first program", async () => {
    const [, shown = ""] =
      /^```ts\n.*?^```$.*?^```\n(.*?)^```$/ms.exec(readFileSync(join(root, "README.md"), "utf8")) ?? [];
    const steady = (output: string) => output.replace(/ +\d+ ms$/gm, " … ms").trim();
    const [printed = "", more = ""] = steady(await run("support-agent.ts")).split("\n\nEach step");
    expect(printed).toBe(steady(shown));
    expect(more).toContain("npm run demo -- --steps");
  });

  it("support-agent.ts asks the model about the first case of a kind only", async () => {
    const output = await run("support-agent.ts", "--steps");
    const hits = (count: number) => Array.from({ length: count }, () => "hit template");
    const misses = (count: number) => Array.from({ length: count }, () => "miss unseen");
    expect(verdicts(output)).toEqual([
      ...misses(4),
      ...hits(4),
      ...hits(2),
      ...misses(1),
      ...hits(4),
      ...hits(3),
    ]);
    expect(output).toContain("18 steps, 5 model calls, 13 saved");
    expect(output).toContain('open_ticket({"order":"A-7002","text":"Order A-7002 is delayed in Lisbon."})');
    expect(output).toContain("Maria, your desk lamp is delayed in Lisbon; we look into it as T-502.");
    expect(output).toContain("Jonas, your wheelbarrow was delivered in Malmo.");
  });

  it("induction.ts learns seven kinds of work, and docs/induction.md shows what it prints", async () => {
    const output = await run("induction.ts");
    expect(output).not.toContain("WRONG");
    const page = readFileSync(join(root, "docs/induction.md"), "utf8");
    const blocks = output.trimEnd().split(/\n(?=\S)/);
    expect(blocks).toHaveLength(7);
    for (const block of blocks) {
      expect(block).toMatch(/lookups:.* hit$/m);
      expect(page).toContain(block);
    }
  });

  it("streaming.ts streams a hit as it streams the model", async () => {
    const output = await run("streaming.ts");
    expect(verdicts(output)).toEqual(["miss unseen", "hit exact", "hit template"]);
    expect(output).toContain("All day long Maria cooked with butter");
    expect(output).toContain("3 answers, 1 model calls, 2 saved");
  });

  it("persistent-store.ts answers in a second process what the first one learned", async () => {
    const output = await run("persistent-store.ts");
    expect(verdicts(output)).toEqual(["miss unseen", "hit exact", "hit template"]);
    expect(output).toContain("Dear Maria, your parcel has come.");
    expect(output).toContain("2 steps: 2 hits, 0 misses; 0 model calls, 2 saved");
  });

  it("tic-tac-toe.ts learns each position once, and prints the tree as it grows", async () => {
    const output = await run("tic-tac-toe.ts");
    expect(verdicts(output)).toEqual([
      ...["miss unseen", "miss unseen", "miss unseen"],
      ...["hit exact", "hit exact", "miss unseen"],
      ...["hit exact", "miss unseen", "miss unseen"],
      ...["hit exact", "hit exact", "hit exact"],
    ]);
    const sizes = output.split("scope ").map((tree) => tree.match(/⇒ assistant/g)?.length);
    expect(sizes).toEqual([undefined, 3, 4, 6, 6]);
    expect(output).toContain("12 steps: 6 hits, 6 misses; 6 model calls, 6 saved");
  });

  it("checks.ts asks the model where the world has changed, and docs/checks.md shows what it prints", async () => {
    const output = await run("checks.ts");
    const hits = (count: number) => Array.from({ length: count }, () => "hit template");
    const unseen = (count: number) => Array.from({ length: count }, () => "miss unseen");
    expect(verdicts(output)).toEqual([
      ...unseen(4),
      ...hits(8),
      ...[...hits(1), "miss environment", ...unseen(2)],
      ...[...hits(2), "miss environment", ...unseen(2)],
      ...hits(4),
    ]);
    const steady = (text: string) => text.replace(/\d+ ms/g, "… ms").replace(/ \d+ tokens saved;/, "");
    const page = steady(readFileSync(join(root, "docs/checks.md"), "utf8"));
    for (const line of steady(output).trimEnd().split("\n")) expect(page).toContain(line);
    expect(output).toContain("report-4-final.txt, report-5.txt, report-6.txt; left: nothing");
  });
});
