/**
 * The types that are published, as a project with one of the two versions of the SDK meets them, with every
 * library checked.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const MODULES = join(ROOT, "node_modules");
// CI has built the same sources a moment ago, with their types.
const { REPRISE_BUILT } = process.env;
let folder: string;

beforeAll(() => {
  mkdirSync(join(ROOT, ".tmp"), { recursive: true });
  folder = mkdtempSync(join(ROOT, ".tmp", "types-"));
  if (REPRISE_BUILT) {
    cpSync(REPRISE_BUILT, join(folder, "dist"), { recursive: true });
    return;
  }
  const tsup = join(MODULES, "tsup/dist/cli-default.js");
  execFileSync(process.execPath, [tsup, "--silent", "--no-clean", "--out-dir", join(folder, "dist")], {
    cwd: ROOT,
    stdio: "ignore",
  });
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const PROGRAM = `
import { generateText, wrapLanguageModel } from "ai";
import { createCache } from "reprise";
import { type ModelCall, type RepriseCallOptions, repriseMiddleware } from "reprise/ai-sdk";

type Model = Parameters<typeof wrapLanguageModel>[0]["model"];

export async function run(inner: Model, reprise: RepriseCallOptions): Promise<string> {
  const cache = createCache({ namespace: "acme" });
  const middleware = repriseMiddleware(cache, { scope: ({ seed, prompt }: ModelCall) => \`\${seed} \${prompt.length}\` });
  const model = wrapLanguageModel({ model: inner, middleware });
  wrapLanguageModel({ model: inner, middleware: [middleware] });
  const { text } = await generateText({ model, prompt: "hi", providerOptions: { reprise } });
  return text;
}

export function explained(inner: Exclude<Model, string>, params: Parameters<typeof inner.doGenerate>[0]): string {
  return repriseMiddleware(createCache()).explainCall(inner, params).sentence;
}
`;

it.each([
  ["AI SDK 7", join(MODULES, "ai"), join(MODULES, "@ai-sdk/provider")],
  ["AI SDK 6", join(MODULES, "ai6"), join(MODULES, "ai6/node_modules/@ai-sdk/provider")],
])(
  "%s takes the middleware, its options and a call to explain",
  (name, sdk, provider) => {
    const at = (path: string): string[] => [`./${relative(folder, path)}`];
    const program = `${name.replace(" ", "-").replace(" ", "")}.ts`;
    writeFileSync(join(folder, program), PROGRAM);
    const compilerOptions = {
      ...{
        target: "ES2024",
        module: "NodeNext",
        moduleResolution: "NodeNext",
        strict: true,
        noEmit: true,
        skipLibCheck: false,
      },
      ...{ exactOptionalPropertyTypes: true, types: ["node"] },
      paths: {
        ...{ ai: at(sdk), "@ai-sdk/provider": at(provider) },
        ...{
          reprise: at(join(folder, "dist/index.d.ts")),
          "reprise/ai-sdk": at(join(folder, "dist/ai-sdk.d.ts")),
        },
      },
    };
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files: [program] }));
    const tsc = join(MODULES, "typescript/bin/tsc");
    const { stdout } = spawnSync(process.execPath, [tsc, "-p", folder], { cwd: folder, encoding: "utf8" });
    // Errors within other packages' own types are theirs.
    expect(stdout.split("\n").filter((line) => /^(dist|AI-SDK)/.test(line))).toEqual([]);
  },
  120_000,
);
