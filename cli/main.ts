/** The program: its commands, and how it ends. */
import { createRequire } from "node:module";
import { exportCommand, importCommand } from "./archive.js";
import { configCommand } from "./config.js";
import { explainCommand } from "./explain.js";
import { forgetCommand } from "./forget.js";
import { inspectCommand } from "./inspect.js";
import { command, exitCodeOf, type Io } from "./io.js";
import { keysCommand } from "./keys.js";
import { learnCommand } from "./learn.js";
import { replayCommand } from "./replay.js";
import { approveCommand, retireCommand } from "./review.js";
import { serveCommand } from "./serve.js";
import { statsCommand } from "./stats.js";
import { templatesCommand } from "./templates.js";
import { treeCommand } from "./tree.js";
import { verifyCommand } from "./verify.js";

const { version } = createRequire(import.meta.url)("reprise/package.json") as { version: string };

const EXAMPLES = `
Look before it serves anything:
  reprise replay yesterday.jsonl                      what would have been served, how often wrongly, what it saved
  reprise learn yesterday.jsonl --store sqlite://a    begin with what that log teaches
See what it knows, and say so:
  reprise tree                                        all of it, drawn
  reprise templates --standing candidate              what is not served yet; one by its id shows why
  reprise approve 9f0c3a --reason "seen in PR 12"     served from now on
  reprise explain request.json                        why a request is answered as it is
  reprise inspect                                     the same as a page
Serve it:
  reprise serve                                       a proxy for every OpenAI client; docs/proxy.md

Every command takes --json. Codes: 0 done, 1 a check has found something, 2 it cannot be done as asked.
docs/cli.md has a page of each.`;

/** Runs a command line. Gives the code to end with; rejects only with what is a mistake of this program. */
export function main(args: readonly string[], io: Io): Promise<number> {
  const program = command("reprise", io)
    .description("a cache for LLM agents that learns")
    .version(version)
    .showHelpAfterError("(reprise --help tells of all commands)")
    .addHelpText("after", EXAMPLES);
  program.commandsGroup("Look");
  for (const make of [treeCommand, statsCommand, templatesCommand, explainCommand, verifyCommand])
    program.addCommand(make(io));
  program.commandsGroup("Decide");
  for (const make of [approveCommand, retireCommand, forgetCommand]) program.addCommand(make(io));
  program.commandsGroup("Move");
  for (const make of [replayCommand, learnCommand, exportCommand, importCommand])
    program.addCommand(make(io));
  program.commandsGroup("Run");
  for (const make of [inspectCommand, serveCommand, configCommand, keysCommand]) program.addCommand(make(io));
  return exitCodeOf(() => program.parseAsync([...args], { from: "user" }), io);
}
