import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const file = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  resolve: {
    alias: [
      { find: /^reprise$/, replacement: file("src/index.ts") },
      { find: /^reprise\/store$/, replacement: file("src/stores/index.ts") },
      { find: /^reprise\/testing$/, replacement: file("src/testing/index.ts") },
      { find: /^reprise\/ai-sdk$/, replacement: file("adapters/ai-sdk/index.ts") },
      { find: /^reprise\/langchain$/, replacement: file("adapters/langchain/index.ts") },
    ],
  },
  test: {
    include: ["test/**/*.test.ts"],
    typecheck: { enabled: true, include: ["test/**/*.test-d.ts"] },
    coverage: {
      provider: "v8",
      include: ["src/**/*.ts", "adapters/**/*.ts"],
      reporter: ["text-summary", "json-summary"],
      thresholds: { lines: 95 },
    },
    testTimeout: 20_000,
  },
});
