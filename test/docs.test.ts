/**
 * Runs the programs of the README and the docs as they are written, in an empty project that has the packed
 * package.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type FreshProject, freshProject } from "./support/fresh-project.js";
import { POSTGRES, REDIS, runsWith } from "./support/services.js";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const PAGES = [
  "README.md",
  "docs/ai-sdk.md",
  "docs/langchain.md",
  "docs/openai.md",
  "docs/anthropic.md",
  "docs/why-not.md",
  "docs/serverless.md",
  "docs/stores.md",
  "docs/storage.md",
];

const SERVICES = [
  { name: "DATABASE_URL", service: POSTGRES, isThere: await runsWith(POSTGRES) },
  { name: "REDIS_URL", service: REDIS, isThere: await runsWith(REDIS) },
];

interface Program {
  readonly line: number;
  readonly text: string;
  /** What the page says that it prints. */
  readonly prints: string | undefined;
}

/**
 * The blocks of a page that are programs: `ts`, and not `ts no-run`. What stands in a block right beneath one
 * is its output.
 */
function programsOf(page: string): Program[] {
  const text = readFileSync(new URL(`../${page}`, import.meta.url), "utf8");
  return [...text.matchAll(/^```ts\n(.*?)^```\n(?:```\n(.*?)^```$)?/gms)].map(
    ({ index, 1: program = "", 2: prints }) => ({
      line: text.slice(0, index).split("\n").length,
      text: program,
      prints,
    }),
  );
}

/** Without what differs from run to run. */
const steady = (output: string): string =>
  output.replace(/(template|id): '[^']*'/g, "$1: …").replace(/age: \d+/g, "age: …");

let project: FreshProject;

beforeAll(async () => {
  project = await freshProject();
}, 60_000);
afterAll(() => project?.remove());

describe.each(PAGES)("%s", (page) => {
  const programs = programsOf(page);

  it.for(programs.map((program) => [program.line, program] as const))(
    "line %i runs as it is written",
    async ([, { text, prints }], { skip }) => {
      const lacking = SERVICES.filter(({ name, isThere }) => text.includes(name) && !isThere);
      skip(lacking.length > 0, `not reachable: ${lacking.map(({ service }) => service.url).join(", ")}`);
      const printed = await project.run(text);
      if (prints !== undefined) expect(steady(printed)).toBe(steady(prints));
    },
  );
});

/** Where CI has built the sources a moment ago: their types as they are published, which are read sooner. */
function pathsFrom(folder: string): object {
  const { REPRISE_BUILT } = process.env;
  if (!REPRISE_BUILT) return {};
  const { exports } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
    readonly exports: Readonly<Record<string, { readonly types?: string }>>;
  };
  const paths = Object.entries(exports).flatMap(([entry, { types }]) =>
    types === undefined
      ? []
      : [[`reprise${entry.slice(1)}`, [`./${relative(folder, join(REPRISE_BUILT, basename(types)))}`]]],
  );
  return { paths: Object.fromEntries(paths) };
}

it("the programs have no type errors", () => {
  // Inside the project, whose tsconfig says where the sources of the package are.
  mkdirSync(join(ROOT, ".tmp"), { recursive: true });
  const folder = mkdtempSync(join(ROOT, ".tmp", "docs-"));
  try {
    for (const page of PAGES) {
      for (const { line, text } of programsOf(page))
        writeFileSync(join(folder, `${page.replace(/\W/g, "-")}-${line}.ts`), text);
    }
    writeFileSync(
      join(folder, "tsconfig.json"),
      JSON.stringify({
        extends: "../../tsconfig.json",
        compilerOptions: pathsFrom(folder),
        include: ["*.ts"],
        exclude: [],
      }),
    );
    const { stdout } = spawnSync(
      process.execPath,
      [join(ROOT, "node_modules/typescript/bin/tsc"), "-p", folder],
      { encoding: "utf8" },
    );
    expect(stdout).toBe("");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}, 180_000);

it("there are programs to run, and they ask the provider", () => {
  expect(programsOf("README.md").length).toBeGreaterThan(2);
  expect(project.asked()).toBeGreaterThan(2);
});
