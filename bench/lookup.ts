/**
 * The benchmark: prints each figure beside its target. `npm run bench` builds first and runs this; `npm run
 * bench -- learn` one section.
 */
import { cpus } from "node:os";
import { measureAdversarial } from "./adversarial.ts";
import { measureChecks } from "./checks.ts";
import { measureConversation } from "./conversation.ts";
import { measureThroughLangChain } from "./langchain.ts";
import { measureLearning as measureLarge } from "./learn.ts";
import { measureLearning } from "./learning.ts";
import { measureLoad } from "./load.ts";
import { measureMemory, measureScale } from "./scale.ts";
import { measureStores } from "./store.ts";
import { measureThroughAiSdk } from "./through-ai-sdk.ts";

const sections: Readonly<Record<string, () => Promise<void>>> = {
  scale: measureScale,
  conversation: measureConversation,
  adversarial: measureAdversarial,
  checks: measureChecks,
  "ai-sdk": measureThroughAiSdk,
  langchain: measureThroughLangChain,
  learning: measureLearning,
  memory: () => measureMemory(20_000),
  load: () => measureLoad(10_000),
  "load-all": () => measureLoad(100_000),
  learn: measureLarge,
  store: measureStores,
};
/**
 * Storing 100,000 takes minutes, one commit of SQLite's after another; learning is no part of a lookup;
 * stores need servers.
 */
const ONLY_WHEN_ASKED = new Set(["load-all", "learn", "store"]);

const asked = process.argv.slice(2);
const unknown = asked.find((name) => !Object.hasOwn(sections, name));
if (unknown !== undefined) {
  console.error(`no section "${unknown}"; there are ${Object.keys(sections).join(", ")}`);
  process.exit(2);
}

console.log(
  `${new Date().toISOString().slice(0, 10)}, Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? "unknown processor"}`,
);
for (const [name, run] of Object.entries(sections))
  if (asked.length === 0 ? !ONLY_WHEN_ASKED.has(name) : asked.includes(name)) await run();
