#!/usr/bin/env node
/** `reprise` on the command line: one file a command. */
import { createRequire } from "node:module";
import { Command } from "commander";
import { serveCommand } from "./serve.js";

const { version } = createRequire(import.meta.url)("reprise/package.json") as { version: string };

await new Command("reprise")
  .description("a cache for LLM agents that learns")
  .version(version)
  .showHelpAfterError("(reprise serve --help tells of all options)")
  .addCommand(serveCommand())
  .parseAsync();
