/** Builds guard.wasm of guard.as: `node examples/gateway/secret-guard/build.mjs [file]`. */
import { readFile, writeFile } from "node:fs/promises";
import asc from "assemblyscript/asc";

const source = await readFile(new URL("guard.as", import.meta.url), "utf8");
const { error, stderr, binary } = await asc.compileString(
  { "guard.ts": source },
  { optimizeLevel: 2, runtime: "incremental" },
);
if (error) throw new Error(stderr.toString(), { cause: error });
await writeFile(process.argv[2] ?? new URL("guard.wasm", import.meta.url), binary);
