/**
 * Runs every command and program of docs/proxy.md in their order, as they are written, on the packed package,
 * before a provider of our own.
 */
import { type ChildProcess, execFile, spawn, spawnSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type FreshProject, freshProject } from "../support/fresh-project.js";

const page = readFileSync(new URL("../../docs/proxy.md", import.meta.url), "utf8");
const blocks = [...page.matchAll(/^```(sh|ts|python)\n(.*?)^```$/gms)].map(([, kind = "", text = ""]) => ({
  kind,
  text,
}));

let project: FreshProject;
let port: number;
let proxy: ChildProcess | undefined;

beforeAll(async () => {
  project = await freshProject();
  port = await new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port: free } = server.address() as { port: number };
      server.close(() => resolve(free));
    });
  });
}, 60_000);
afterAll(() => {
  proxy?.kill("SIGKILL");
  project?.remove();
});

/** Another port and another provider; nothing else is changed. */
const here = (text: string): string =>
  text
    .replaceAll("8787", String(port))
    .replaceAll("https://api.openai.com/v1", String(project.env.OPENAI_BASE_URL));

function run(command: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(
      command,
      args,
      { cwd: project.folder, env: project.env, timeout: 60_000 },
      (error, stdout, stderr) => (error ? reject(new Error(`${stderr}${error.message}`)) : resolve(stdout)),
    );
  });
}

const started = (text: string): Promise<string> =>
  new Promise((resolve, reject) => {
    // In place of the shell, so that a signal reaches it; npx would stand between.
    const [, ...args] = text.trim().split(/\s+/);
    proxy = spawn(process.execPath, [join(project.folder, "node_modules/.bin/reprise"), ...args.slice(1)], {
      cwd: project.folder,
      env: project.env,
    });
    let printed = "";
    const hear = (piece: Buffer): void => {
      printed += piece.toString();
      if (printed.includes("what it learns")) resolve(printed);
    };
    proxy.stdout?.on("data", hear);
    proxy.stderr?.on("data", hear);
    proxy.on("exit", (code) => reject(new Error(`ended with ${code}: ${printed}`)));
  });

it("every block does what the page says, and the proxy stops at a signal", async () => {
  expect(blocks.map(({ kind }) => kind)).toEqual(["sh", "sh", "ts", "ts", "python", "sh"]);
  const [serve, curl, client, langchain, python, stats] = blocks.map(({ text }) => here(text));
  expect(await started(serve ?? "")).toContain(`reprise listens at http://127.0.0.1:${port}`);

  const [first, second] = [await run("bash", ["-c", curl ?? ""]), await run("bash", ["-c", curl ?? ""])];
  expect(first).toContain("cache-status: reprise; fwd=miss; detail=unseen; stored");
  expect(second).toContain("cache-status: reprise; hit; detail=exact");
  // What curl asked of one API is known to the other, to other clients, and to other languages.
  const asked = project.asked();
  expect(await project.run(client ?? "")).toBe("Welcome, Erik! Good to have you here.\n");
  expect(await project.run(langchain ?? "")).toBe("Welcome, Erik! Good to have you here.\n");
  const hasPython = spawnSync("python3", ["--version"]).status === 0;
  writeFileSync(join(project.folder, "client.py"), python ?? "");
  if (hasPython)
    expect(await run("python3", ["client.py"])).toBe(
      "reprise; hit; detail=exact\nWelcome, Erik! Good to have you here.\n",
    );
  expect(project.asked()).toBe(asked);

  const hits = hasPython ? 4 : 3;
  expect(JSON.parse(await run("bash", ["-c", stats ?? ""]))).toMatchObject({
    calls: hits + 1,
    hits: { exact: hits },
  });
  const ended = new Promise((resolve) => {
    proxy?.removeAllListeners("exit").on("exit", resolve);
  });
  proxy?.kill("SIGTERM");
  expect(await ended).toBe(0);
}, 120_000);

it("refuses what it cannot do in a sentence", async () => {
  const bin = join(project.folder, "node_modules/.bin/reprise");
  const failing = async (...args: string[]) =>
    run(process.execPath, [bin, "serve", ...args]).catch((error: unknown) => String(error));
  expect(await failing("--store", "mysql://x")).toContain("a store is sqlite://FILE");
  expect(await failing("--upstream", "ftp://x", "--store", "memory")).toContain(
    'option "upstream" must be an address',
  );
  expect(await failing("--port", "x")).toContain("It must be a whole number");
  expect(await failing("--store", "postgresql://nobody.test/x")).toContain("REPRISE_SECRET");
  expect(await failing("--token", "short", "--store", "memory")).toContain('option "tokens.0"');
  rmSync(join(project.folder, "node_modules/pg"));
  rmSync(join(project.folder, "node_modules/@keyv"));
  for (const [store, install] of [
    ["postgresql://127.0.0.1/x", "npm install pg@8"],
    ["redis://127.0.0.1:6379", "npm install keyv@5 @keyv/redis@5"],
  ] as const) {
    expect(await failing("--store", store, "--share")).toContain(install);
    const looking = run(process.execPath, [bin, "tree", "--store", store]).catch(String);
    expect(await looking).toContain(install);
  }
  expect(await run(process.execPath, [bin, "--version"])).toMatch(/^\d+\.\d+\.\d+\n$/);
}, 60_000);
