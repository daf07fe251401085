/**
 * Builds the present sources for tests that need them outside of the process they run in: a worker is a file
 * of the bundle, and child processes start sooner from one file than from two hundred.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { buildSync } from "esbuild";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

export interface Build {
  /** The address of a file of the bundle. */
  url(file: string): string;
  remove(): void;
}

/**
 * Builds beside the sources, so that what the bundle imports is found; not into dist, which is whoever built
 * it last.
 */
export function build(name: string): Build {
  mkdirSync(join(ROOT, ".tmp"), { recursive: true });
  const folder = mkdtempSync(join(ROOT, ".tmp", `${name}-`));
  const tsup = join(ROOT, "node_modules/tsup/dist/cli-default.js");
  execFileSync(process.execPath, [tsup, "--no-dts", "--no-clean", "--silent", "--out-dir", folder], {
    cwd: ROOT,
  });
  return {
    url: (file) => pathToFileURL(join(folder, file)).href,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/**
 * A program that stands beside a test, with the sources it imports, as one file that Node runs: its path.
 */
export function program(source: URL): { readonly path: string; remove(): void } {
  mkdirSync(join(ROOT, ".tmp"), { recursive: true });
  const folder = mkdtempSync(join(ROOT, ".tmp", "program-"));
  const path = join(folder, "program.mjs");
  buildSync({
    entryPoints: [fileURLToPath(source)],
    outfile: path,
    bundle: true,
    platform: "node",
    format: "esm",
    packages: "external",
    logLevel: "error",
  });
  return { path, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
