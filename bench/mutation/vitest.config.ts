/** Runs the tests of the core over the mutated sources; `run.ts` starts it. */
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import base from "../../vitest.config.ts";
import { mutatedSources, pathFromRoot } from "./sources.ts";

const sources = mutatedSources();

export default defineConfig({
  root: fileURLToPath(new URL("../..", import.meta.url)),
  resolve: base.resolve ?? {},
  plugins: [
    {
      name: "mutants",
      enforce: "pre",
      load: (id: string) => {
        const code = sources.get(pathFromRoot(id))?.code;
        return code === undefined ? undefined : { code, map: null };
      },
    },
  ],
  test: {
    include: ["bench/mutation/all.test.ts"],
    runner: fileURLToPath(new URL("runner.ts", import.meta.url)),
    setupFiles: [fileURLToPath(new URL("switch.ts", import.meta.url))],
    isolate: false,
    // A source's mutants have other numbers when another source changes: what was cached would not be this run's.
    fsModuleCache: false,
    testTimeout: 60_000,
    reporters: [["default", { summary: false }]],
    dangerouslyIgnoreUnhandledErrors: true,
  },
});
