/**
 * A project as a reader of the docs has it: the packed package beside the providers' packages, and a provider
 * that answers.
 */
import { execFile, execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { POSTGRES, REDIS } from "./services.js";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const MODULES = join(ROOT, "node_modules");

export interface FreshProject {
  readonly folder: string;
  /** What programs find in their environment; the provider's address is its OPENAI_BASE_URL. */
  readonly env: NodeJS.ProcessEnv;
  /**
   * Runs a program as `node program.ts`, with the provider in its environment. Resolves to what it printed.
   * Rejects with stderr.
   */
  run(program: string): Promise<string>;
  /** How often the provider was asked. */
  asked(): number;
  remove(): void;
}

/** Packs the present sources, and puts them into an empty project. */
export async function freshProject(): Promise<FreshProject> {
  const folder = mkdtempSync(join(tmpdir(), "reprise-fresh-"));
  const modules = join(folder, "node_modules");
  mkdirSync(modules);
  for (const name of readdirSync(MODULES)) {
    if (!name.startsWith(".") && name !== "reprise") symlinkSync(join(MODULES, name), join(modules, name));
  }
  // What `npm pack` takes: package.json, and its `files`.
  const packed = join(modules, "reprise");
  mkdirSync(packed);
  execFileSync("cp", [join(ROOT, "package.json"), packed]);
  const tsup = join(MODULES, "tsup/dist/cli-default.js");
  execFileSync(
    process.execPath,
    [tsup, "--no-dts", "--no-clean", "--silent", "--out-dir", join(packed, "dist")],
    { cwd: ROOT },
  );
  mkdirSync(join(modules, ".bin"));
  symlinkSync(join(packed, "dist/cli.js"), join(modules, ".bin/reprise"));
  chmodSync(join(packed, "dist/cli.js"), 0o755);
  writeFileSync(
    join(folder, "package.json"),
    JSON.stringify({ name: "fresh", type: "module", private: true }),
  );

  let count = 0;
  let programs = 0;
  const server = createServer((request, response) => {
    void answer(request, response).then(() => {
      count++;
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const { NODE_OPTIONS: _options, ...inherited } = process.env;
  const services = { DATABASE_URL: POSTGRES.url, REDIS_URL: REDIS.url };
  const secrets = {
    REPRISE_KEY: randomBytes(32).toString("base64"),
    REPRISE_KEY_BEFORE: randomBytes(32).toString("base64"),
  };
  const env = {
    ...inherited,
    ...services,
    ...secrets,
    OPENAI_API_KEY: "none",
    OPENAI_BASE_URL: `http://127.0.0.1:${port}/v1`,
    ANTHROPIC_API_KEY: "none",
    ANTHROPIC_BASE_URL: `http://127.0.0.1:${port}`,
    LANGSMITH_TRACING: "false",
  };

  return {
    folder,
    env,
    run(program) {
      const file = join(folder, `program-${programs++}.ts`);
      writeFileSync(file, program);
      return new Promise((resolve, reject) => {
        execFile(process.execPath, [file], { cwd: folder, env, timeout: 60_000 }, (error, stdout, stderr) => {
          if (error) reject(new Error(`${stderr || error.message}\n${program}`));
          else resolve(stdout);
        });
      });
    },
    asked: () => count,
    remove() {
      server.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

interface Asked {
  readonly input?: unknown;
  readonly messages?: unknown;
  readonly text?: { readonly format?: { readonly type?: string } };
  readonly response_format?: { readonly type?: string };
}

/**
 * OpenAI's two APIs and Anthropic's, as far as the docs ask them: what is said is a welcome, JSON where that is asked for, or
 * "Done."
 */
async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  let body = "";
  for await (const chunk of request) body += String(chunk);
  const asked = JSON.parse(body) as Asked;
  const name = /welcome for (\w+)/.exec(body)?.[1];
  const isJson = asked.text?.format?.type === "json_schema" || asked.response_format?.type === "json_schema";
  const text = isJson
    ? JSON.stringify({ name: name ?? "Erik" })
    : name
      ? `Welcome, ${name}! Good to have you here.`
      : "Done.";
  const [, api] = /\/(messages|responses)$/.exec(request.url ?? "") ?? [];
  const said =
    api === "messages" ? asMessage(text) : api === "responses" ? asResponse(text) : asCompletion(text);
  response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(said));
}

function asResponse(text: string): object {
  const content = [{ type: "output_text", text, annotations: [] }];
  return {
    ...{
      id: "resp_1",
      object: "response",
      created_at: 1_700_000_000,
      status: "completed",
      model: "gpt-5-mini",
    },
    output: [{ type: "message", id: "msg_1", status: "completed", role: "assistant", content }],
    usage: { input_tokens: 9, output_tokens: 6, total_tokens: 15 },
  };
}

function asCompletion(content: string): object {
  return {
    ...{ id: "chatcmpl-1", object: "chat.completion", created: 1_700_000_000, model: "gpt-5-mini" },
    choices: [{ index: 0, message: { role: "assistant", content }, finish_reason: "stop" }],
    usage: { prompt_tokens: 9, completion_tokens: 6, total_tokens: 15 },
  };
}

function asMessage(text: string): object {
  return {
    ...{ id: "msg_1", type: "message", role: "assistant", model: "claude-sonnet-5" },
    content: [{ type: "text", text, citations: null }],
    ...{ stop_reason: "end_turn", stop_sequence: null, usage: { input_tokens: 9, output_tokens: 6 } },
  };
}
