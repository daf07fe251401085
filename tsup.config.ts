/**
 * All build knowledge: the ESM entries with types and the worker that learns, frameworks left outside; and the
 * inspector's page for browsers, with all it needs inside.
 */
import { defineConfig } from "tsup";

export default defineConfig([
  {
    entry: {
      index: "src/index.ts",
      worker: "src/worker/worker.ts",
      store: "src/stores/index.ts",
      testing: "src/testing/index.ts",
      "ai-sdk": "adapters/ai-sdk/index.ts",
      langchain: "adapters/langchain/index.ts",
      openai: "adapters/openai/index.ts",
      prices: "adapters/prices/index.ts",
      otel: "adapters/otel/index.ts",
      hooks: "server/hooks/define.ts",
      "plugin-worker": "server/wasm/worker.ts",
      cli: "cli/index.ts",
    },
    format: "esm",
    target: "node22",
    dts: true,
    // The page is made beside it, at the same time.
    clean: ["!inspector/**"],
    splitting: true,
    sourcemap: true,
    // Adapters import the core by its package name; in the bundle that stays an import of the package itself.
    external: [/^reprise(\/|$)/, "vitest"],
  },
  {
    entry: { "inspector/page": "inspector/page/index.tsx" },
    format: "esm",
    platform: "browser",
    target: "es2022",
    minify: true,
    dts: false,
    clean: false,
    splitting: false,
    noExternal: [/.*/],
    esbuildOptions(options) {
      options.jsx = "automatic";
      options.jsxImportSource = "preact";
    },
  },
]);
