/** The package where there is no Node, or another one: what is published, not its sources. */
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { EdgeVM } from "@edge-runtime/vm";
import { type BuildResult, build as bundle, type Metafile } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Build, build } from "./support/build.js";

const APP = fileURLToPath(new URL("support/edge-app.mjs", import.meta.url));
// It has no types.
const workerd = createRequire(import.meta.url)("workerd") as {
  readonly default: string;
  readonly compatibilityDate: string;
};
const LATER = 120_000;
let built: Build;
let folder: string;
let expected: unknown;

const file = (name: string): string => fileURLToPath(built.url(name));

/** Bundles a program as an edge platform does: for no Node, with the built package under its name. */
async function bundled(
  program: string,
  format: "esm" | "iife",
  external: readonly string[] = [],
): Promise<{ text: string; metafile: Metafile }> {
  const result: BuildResult<{ write: false; metafile: true }> = await bundle({
    stdin: {
      contents: program,
      resolveDir: fileURLToPath(new URL("support", import.meta.url)),
      loader: "js",
    },
    alias: {
      "reprise/ai-sdk": file("ai-sdk.js"),
      "reprise/langchain": file("langchain.js"),
      reprise: file("index.js"),
    },
    ...{
      bundle: true,
      write: false,
      metafile: true,
      platform: "neutral",
      format,
      minify: true,
      treeShaking: true,
      logLevel: "silent",
    },
    mainFields: ["module", "main"],
    conditions: ["edge-light", "workerd", "worker", "browser"],
    external: [...external],
  });
  return { text: result.outputFiles[0]?.text ?? "", metafile: result.metafile };
}

beforeAll(async () => {
  built = build("runtimes");
  folder = mkdtempSync(join(tmpdir(), "reprise-runtimes-"));
  const { text } = await bundled(`export { run } from "${APP}";`, "esm");
  const program = join(folder, "app.mjs");
  writeFileSync(program, text);
  ({ run: expected } = await import(program).then(async ({ run }: { run: () => Promise<unknown> }) => ({
    run: await run(),
  })));
}, LATER);

afterAll(() => {
  built?.remove();
  if (folder) rmSync(folder, { recursive: true, force: true });
});

describe("the bundle", () => {
  it("runs in Node: what the other runtimes are compared with", () => {
    expect(expected).toMatchObject({
      said: ["Welcome, Erik! asked", "Welcome, Maria! template", "Welcome, Erik! exact"],
      calls: 1,
      exact: expect.stringMatching(/^scope /),
      faults: {},
    });
  });

  it(
    "runs in Vercel's edge runtime, which makes no code from text, with the same ids",
    async () => {
      const respond =
        "run().then((said) => Response.json(said), (error) => new Response(error.stack, { status: 500 }))";
      const { text } = await bundled(
        `import { run } from "${APP}"; addEventListener("fetch", (event) => event.respondWith(${respond}));`,
        "iife",
      );
      const vm = new EdgeVM({ codeGeneration: { strings: false, wasm: false } } as object);
      vm.evaluate(text);
      const { dispatchFetch } = vm as unknown as { dispatchFetch(url: string): Promise<Response> };
      const response = await dispatchFetch.call(vm, "http://edge.test/");
      expect(await response.json()).toEqual(expected);
    },
    LATER,
  );

  it(
    "runs in Cloudflare's workers without a flag, with the same ids",
    async () => {
      const { text } = await bundled(
        `import { run } from "${APP}"; export default { fetch: async () => Response.json(await run()) };`,
        "esm",
      );
      writeFileSync(join(folder, "worker.js"), text);
      const port = await freePort();
      writeFileSync(
        join(folder, "config.capnp"),
        `using Workerd = import "/workerd/workerd.capnp";
       const config :Workerd.Config = (
         services = [(name = "main", worker = .main)],
         sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")]
       );
       const main :Workerd.Worker = (
         modules = [(name = "worker.js", esModule = embed "worker.js")], compatibilityDate = "${workerd.compatibilityDate}"
       );`,
      );
      const server = spawn(workerd.default, ["serve", join(folder, "config.capnp")], { stdio: "ignore" });
      try {
        expect(await answerOf(`http://127.0.0.1:${port}/`)).toEqual(expected);
      } finally {
        server.kill();
      }
    },
    LATER,
  );

  it(
    "takes nothing of Node along, and of zod's languages one",
    async () => {
      const entries = ["index", "ai-sdk", "langchain"].map((name) => file(`${name}.js`));
      const { metafile } = await bundled(
        entries.map((entry, index) => `export * as e${index} from "${entry}";`).join("\n"),
        "esm",
        ["@langchain/*", "ai"],
      );
      const imports = Object.values(metafile.outputs).flatMap((output) =>
        output.imports.map(({ path }) => path),
      );
      // The SDK itself resolves the id of a model that helps to learn.
      expect(imports.filter((path) => path !== "ai" && !path.startsWith("@langchain/"))).toEqual([]);
      const locales = Object.values(metafile.outputs)
        .flatMap(({ inputs }) => Object.entries(inputs))
        .filter(([path, { bytesInOutput }]) => /zod\/.*locales\//.test(path) && bytesInOutput > 0);
      expect(locales.map(([path]) => path.split("/").at(-1))).toEqual(["en.js"]);
    },
    LATER,
  );
});

describe("CommonJS", () => {
  it("can require the package: every entry has a default, and none waits at its top", () => {
    const { exports: entries } = JSON.parse(
      readFileSync(new URL("../package.json", import.meta.url), "utf8"),
    ) as {
      exports: Record<string, string | { default?: string }>;
    };
    const lacking = Object.entries(entries).filter(
      ([, entry]) => typeof entry === "object" && entry.default === undefined,
    );
    expect(lacking).toEqual([]);
    for (const [name, has] of [
      ["index", "createCache"],
      ["store", "sqlite"],
    ] as const) {
      const program = `console.log(Object.keys(require(${JSON.stringify(file(`${name}.js`))})).join())`;
      expect(execFileSync(process.execPath, ["-e", program], { encoding: "utf8" })).toContain(has);
    }
  });
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** What a server says that may not have started yet. */
async function answerOf(url: string): Promise<unknown> {
  for (let tries = 0; ; tries++) {
    try {
      const response = await fetch(url);
      return await response.json();
    } catch (error) {
      if (tries === 100) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
