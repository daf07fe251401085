import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { format } from "node:util";
import { afterEach, expect, it, vi } from "vitest";
import { resolveOptions } from "../src/options.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const read = (path: string): string => readFileSync(join(root, path), "utf8");
const readme = read("README.md");
const blocks = [...readme.matchAll(/^```(\w*)\n(.*?)^```$/gms)].map(([, language = "", text = ""]) => ({ language, text }));

/** Without what differs from run to run. */
const steady = (output: string): string => output.replace(/(template|id): '[^']*'/g, "$1: …").replace(/age: \d+/g, "age: …");

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

it("opens with the program that stands in examples/readme.ts", () => {
  const example = read("examples/readme.ts");
  expect(blocks[0]).toEqual({ language: "ts", text: `${example.slice(example.indexOf("*/\n") + 3).trim()}\n` });
});

it("shows beneath it what the program prints", async () => {
  vi.stubEnv("OPENAI_API_KEY", undefined);
  const printed: string[] = [];
  vi.spyOn(console, "log").mockImplementation((...values: unknown[]) => void printed.push(format(...values)));
  await import("../examples/readme.ts");
  expect(steady(blocks[1]?.text ?? "")).toBe(steady(`${printed.join("\n")}\n`));
  expect(printed.at(-1)).toContain("status: 'hit'");
});

it("lists every option with its default, and none that does not exist", () => {
  const section = /## Options of `createCache`\n(.*?)\n## /s.exec(readme)?.[1] ?? "";
  const rows = new Map([...section.matchAll(/^\| `(\w+)` \| (.*?) \| .+ \|$/gm)].map(([, name = "", value = ""]) => [name, value]));
  const schema = /z\.strictObject\(\{\n(.*?)\n\}\);/s.exec(read("src/options.ts"))?.[1] ?? "";
  const names = [...schema.matchAll(/^ {2}(\w+):/gm)].map(([, name = ""]) => name);
  expect(names).toContain("store");
  expect([...rows.keys()].sort()).toEqual(names.sort());

  for (const [name, value] of Object.entries(resolveOptions())) {
    if (typeof value === "function") continue;
    expect({ name, default: rows.get(name) }).toEqual({ name, default: shown(value) });
  }
});

function shown(value: unknown): string {
  if (typeof value === "number") return value.toLocaleString("en");
  return typeof value === "string" ? `\`"${value}"\`` : JSON.stringify(value);
}

it("links to files that exist", () => {
  const pages = [
    "README.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "docs/architecture.md",
    "docs/templates.md",
    "docs/security.md",
    "docs/replay.md",
  ];
  const dead = pages.flatMap((page) =>
    [...read(page).matchAll(/\]\((?!https?:)([^)#]+)[^)]*\)/g)]
      .map(([, target = ""]) => join(root, page, "..", target))
      .filter((target) => !existsSync(target)),
  );
  expect(dead).toEqual([]);
});
