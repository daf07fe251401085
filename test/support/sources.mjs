/**
 * Lets a child process of a test run the sources, which import each other as they will be named when built.
 */
import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { fileURLToPath } from "node:url";
import { transformSync } from "esbuild";

const isOurs = (url) => url?.startsWith("file:") && !url.includes("/node_modules/");

registerHooks({
  resolve: (name, context, next) =>
    next(name.startsWith(".") && isOurs(context.parentURL) ? name.replace(/\.js$/, ".ts") : name, context),
  load(url, context, next) {
    if (!isOurs(url) || !url.endsWith(".ts")) return next(url, context);
    const { code } = transformSync(readFileSync(fileURLToPath(url), "utf8"), {
      loader: "ts",
      format: "esm",
      target: "es2024",
    });
    return { format: "module", source: code, shortCircuit: true };
  },
});
