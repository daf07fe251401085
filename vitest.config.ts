import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

// The oldest LangChain that is supported, in place of the newest: `REPRISE_LANGCHAIN_CORE=1.1 npx vitest run
// test/adapters/langchain`.
const olderCore =
  process.env.REPRISE_LANGCHAIN_CORE === "1.1"
    ? [{ find: /^@langchain\/core(?=\/|$)/, replacement: "langchain-core-1.1" }]
    : [];

const file = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

// Tests that share nothing but what they import: they run in few workers, each of which imports it once. All others
// have servers, stores, child processes or what the process itself holds, and a worker of their own for each file: LangChain's
// classes of models remember across files.
const TOGETHER = [
  ...[
    "adapters/ai-sdk",
    "adapters/anthropic",
    "adapters/openai",
    "adapters/shared",
    "answer",
    "bench",
    "cache",
    "learn",
  ],
  ...["template", "tree", "trust"],
].map((room) => `test/${room}/**/*.test.ts`);

export default defineConfig({
  resolve: {
    alias: [
      ...olderCore,
      { find: /^reprise$/, replacement: file("src/index.ts") },
      { find: /^reprise\/store$/, replacement: file("src/stores/index.ts") },
      { find: /^reprise\/testing$/, replacement: file("src/testing/index.ts") },
      { find: /^reprise\/ai-sdk$/, replacement: file("adapters/ai-sdk/index.ts") },
      { find: /^reprise\/openai$/, replacement: file("adapters/openai/index.ts") },
      { find: /^reprise\/otel$/, replacement: file("adapters/otel/index.ts") },
      { find: /^reprise\/prices$/, replacement: file("adapters/prices/index.ts") },
      { find: /^reprise\/hooks$/, replacement: file("server/hooks/define.ts") },
      { find: /^reprise\/langchain$/, replacement: file("adapters/langchain/index.ts") },
    ],
  },
  test: {
    projects: [
      {
        extends: true,
        test: { name: "together", include: TOGETHER, isolate: false, typecheck: { enabled: false } },
      },
      {
        extends: true,
        test: {
          name: "alone",
          include: ["test/**/*.test.ts"],
          exclude: TOGETHER,
          // Projects do not hear of this flag by themselves.
          typecheck: {
            enabled: !process.argv.includes("--typecheck.enabled=false"),
            include: ["test/**/*.test-d.ts"],
          },
        },
      },
    ],
    coverage: {
      provider: "v8",
      include: ["src/**/*.ts", "adapters/**/*.ts", "server/**/*.ts"],
      reporter: ["text-summary", "json-summary"],
      thresholds: { lines: 95 },
    },
    testTimeout: 20_000,
    // Vitest leaves one processor to itself, which on two is half of them; much of the time is waiting anyway.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    // Hooks of a configuration are loaded by Node itself, as they are outside of tests.
    server: { deps: { external: [/\?v=\d/] } },
  },
});
