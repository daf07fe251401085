/**
 * An agent that works a small pretend desktop: it opens a window, selects a file and archives it. Two of its
 * three tools have a check. Between two runs the world changes, a file is renamed, a window closed: the steps
 * before it are served, the step itself asks the model, the run goes on, and nothing is done to a wrong file.
 */
import { generateText, isStepCount, tool, wrapLanguageModel } from "ai";
import { createCache } from "reprise";
import { repriseMiddleware, wrapTools } from "reprise/ai-sdk";
import { z } from "zod";
import { openModel } from "./support/model.ts";
import { Report } from "./support/report.ts";
import type { Conversation, Decision } from "./support/scripted-model.ts";

/** The desktop: which windows are open, which files there are, and what was done to them. */
const desktop = {
  windows: new Set(["Files", "Archive"]),
  files: new Set([
    "report-1.txt",
    "report-2.txt",
    "report-3.txt",
    "report-4.txt",
    "report-5.txt",
    "report-6.txt",
  ]),
  selected: "",
  archived: [] as string[],
};
type Desktop = typeof desktop;

const cache = createCache({
  policy: "eager",
  auditRate: 0,
  checks: {
    select_file: {
      capture: ({ file }: { file: string }, { files }: Desktop) => ({ exists: files.has(file) }),
      compare: isEqual,
      after: {
        capture: (result: { error?: string }) => ({ failed: result.error !== undefined }),
        compare: isEqual,
      },
    },
    archive_file: {
      capture: ({ file }: { file: string }, { windows, selected }: Desktop) => ({
        selected: selected === file,
        archive: windows.has("Archive"),
      }),
      compare: isEqual,
    },
  },
});

function isEqual(now: unknown, then: unknown): boolean {
  return JSON.stringify(now) === JSON.stringify(then);
}

const tools = wrapTools(
  {
    open_window: tool({
      description: "Opens a window, or brings it to the front",
      inputSchema: z.object({ window: z.string(), search: z.string().optional() }),
      execute: async ({ window }) => {
        desktop.windows.add(window);
        return { window };
      },
    }),
    select_file: tool({
      description: "Selects a file",
      inputSchema: z.object({ file: z.string() }),
      execute: async ({ file }) => {
        if (!desktop.files.has(file)) return { error: `no file ${file}` };
        desktop.selected = file;
        return { selected: file };
      },
    }),
    archive_file: tool({
      description: "Moves the selected file to the archive, whose window must be open",
      inputSchema: z.object({ file: z.string() }),
      execute: async ({ file }) => {
        if (desktop.selected !== file || !desktop.windows.has("Archive"))
          return { error: "nothing was done" };
        desktop.files.delete(file);
        desktop.archived.push(file);
        return { archived: file };
      },
    }),
  },
  cache,
);

const { model: inner, calls } = await openModel(work);
const model = wrapLanguageModel({ model: inner, middleware: repriseMiddleware(cache) });
const report = new Report();

const runs: readonly (readonly [file: string, before?: string, change?: () => unknown])[] = [
  ["report-1.txt"],
  ["report-2.txt"],
  ["report-3.txt"],
  [
    "report-4.txt",
    "report-4.txt is renamed to report-4-final.txt",
    () => desktop.files.delete("report-4.txt") && desktop.files.add("report-4-final.txt"),
  ],
  ["report-5.txt", "the window Archive is closed", () => desktop.windows.delete("Archive")],
  ["report-6.txt"],
];
for (const [file, change, make] of runs) {
  if (change) console.log(`(${change})`);
  make?.();
  const before = performance.now();
  const { steps } = await generateText({
    model,
    tools,
    instructions: "You work a desktop. Do what is asked, one step at a time.",
    prompt: `Archive ${file}.`,
    stopWhen: isStepCount(8),
    // What the checks look at. It is handed to them as it is, and never kept.
    providerOptions: { reprise: { context: desktop as never } },
  });
  report.print(`Archive ${file}.`, steps, performance.now() - before);
  await cache.settled();
}
report.summary(calls());
console.log(`archived: ${desktop.archived.join(", ")}; left: ${[...desktop.files].join(", ") || "nothing"}`);
await cache.close();

/** What the scripted model does: it sees the desktop, as a model that is shown the screen does. */
function work({ question, results }: Conversation): Decision {
  const [, asked = ""] = /^Archive (\S+)\.$/.exec(question) ?? [];
  const file = [...desktop.files, ...desktop.archived].find((name) =>
    name.startsWith(asked.replace(".txt", "")),
  );
  const done = (name: string): boolean => results.some((result) => result.tool === name);
  if (file === undefined) return { say: `There is no ${asked}.` };
  if (done("archive_file")) return { say: `${file} is archived.` };
  if (results.length === 0)
    return { call: [{ tool: "open_window", input: { window: "Files", search: asked } }] };
  if (!done("select_file")) return { call: [{ tool: "select_file", input: { file } }] };
  if (!desktop.windows.has("Archive"))
    return { call: [{ tool: "open_window", input: { window: "Archive" } }] };
  return { call: [{ tool: "archive_file", input: { file } }] };
}
