/** `reprise config`: a gateway's file looked at without running it. */
import { dirname, resolve } from "node:path";
import type { Command } from "commander";
import { BadConfig, BadHook, checkHooks, configJsonSchema, loadConfig } from "../server/index.js";
import { command, Found, type Io } from "./io.js";

/** The command: `check` and `schema`. */
export function configCommand(io: Io): Command {
  const config = command("config", io).description(
    "a gateway's configuration file, looked at without running it",
  );
  config.addCommand(
    command("check", io)
      .description("whether a file would be taken, and if not, what is wrong in it and where")
      .argument("<file>", "such as reprise.yaml")
      .option("--json", "print what is found as JSON")
      .action(async (file: string, { json }: { readonly json?: boolean }) => check(file, { io, json })),
  );
  config.addCommand(
    command("schema", io)
      .description("the file's JSON Schema, for editors")
      .option("--json", "it is JSON in any case")
      .action(() => io.out(JSON.stringify(configJsonSchema(), undefined, 2))),
  );
  return config;
}

async function check(
  file: string,
  { io, json }: { readonly io: Io; readonly json: boolean | undefined },
): Promise<void> {
  try {
    const { config } = await loadConfig(resolve(file));
    await checkHooks(config.hooks, dirname(resolve(file)));
    const providers = Object.keys(config.providers);
    io.out(
      json ? JSON.stringify({ ok: true, providers }) : `${file} is sound: it asks ${providers.join(", ")}`,
    );
  } catch (error) {
    if (!(error instanceof BadConfig || error instanceof BadHook)) throw error;
    const faults = error instanceof BadConfig ? error.faults : [{ at: "hooks", message: error.message }];
    io.out(json ? JSON.stringify({ ok: false, faults }) : error.message);
    throw new Found();
  }
}
