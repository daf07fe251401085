/** The sources that are mutated, with all of their mutants. */
import { globSync, readFileSync } from "node:fs";
import { join, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { type Mutant, type Mutated, mutate } from "./mutants.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const MUTATED = "src/{answer,learn/stages,tree,trust}/**/*.ts";

/** By path from the root. The same sources give the same mutants with the same ids. */
export function mutatedSources(): ReadonlyMap<string, Mutated> {
  const sources = new Map<string, Mutated>();
  let firstId = 0;
  for (const found of globSync(MUTATED, { cwd: ROOT }).sort()) {
    const file = found.split(sep).join("/");
    const mutated = mutate(file, readFileSync(join(ROOT, file), "utf8"), firstId);
    firstId += mutated.mutants.length;
    sources.set(file, mutated);
  }
  return sources;
}

/** All mutants, in order of their ids. */
export function allMutants(): Mutant[] {
  return [...mutatedSources().values()].flatMap(({ mutants }) => mutants);
}

/** The path of a source from the root, as `mutatedSources` names it. */
export function pathFromRoot(file: string): string {
  return file.startsWith(ROOT) ? file.slice(ROOT.length).split(sep).join("/") : file;
}
