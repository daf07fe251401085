/** One SQLite file, two processes' lives: what the first learned, the second answers without the model. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import KeyvSqlite from "@keyv/sqlite";
import { generateText, wrapLanguageModel } from "ai";
import Keyv from "keyv";
import { createCache } from "reprise";
import { repriseMiddleware } from "reprise/ai-sdk";
import { openModel } from "./support/model.ts";
import { Report } from "./support/report.ts";

const [file, ...names] = process.argv.slice(2);
if (file) await live(file, names);
else {
  const folder = mkdtempSync(join(tmpdir(), "reprise-"));
  for (const args of [["Erik"], ["Erik", "Maria"]]) {
    console.log(`A new process, asked about ${args.join(" and ")}`);
    const self = fileURLToPath(import.meta.url);
    const { status } = spawnSync(process.execPath, [self, join(folder, "reprise.sqlite"), ...args], {
      stdio: "inherit",
    });
    if (status !== 0) process.exitCode = 1;
  }
  rmSync(folder, { recursive: true });
}

async function live(path: string, asked: readonly string[]): Promise<void> {
  const { model: inner, calls } = await openModel(({ question }) => ({
    say: `Dear ${/to (\w+)/.exec(question)?.[1]}, your parcel has come.`,
  }));
  const store = new Keyv({ store: new KeyvSqlite(`sqlite://${path}`) });
  // No served reply is checked by asking the model too, so that what is printed is the same each time.
  const cache = createCache({ store, policy: "eager", auditRate: 0 });
  const model = wrapLanguageModel({ model: inner, middleware: repriseMiddleware(cache) });
  const report = new Report();
  for (const name of asked) {
    const before = performance.now();
    const { steps } = await generateText({
      model,
      prompt: `Write to ${name} that the parcel has come.`,
      providerOptions: { reprise: { bindings: { name } } },
    });
    report.print(name, steps, performance.now() - before);
  }
  report.summary(calls());
  console.log();
  await cache.close();
  await store.disconnect();
}
