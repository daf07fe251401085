import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { resolveOptions } from "../src/options.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const read = (path: string): string => readFileSync(join(root, path), "utf8");
const readme = read("README.md");

it("fits on three screens, and begins with a program and what the demo prints", () => {
  expect(readme.split("\n").length).toBeLessThan(131);
  const [first, second] = [...readme.matchAll(/^```(\w*)\n(.*?)^```$/gms)];
  expect([first?.[1], second?.[1]]).toEqual(["ts", ""]);
  expect(first?.[2]).toContain("@ai-sdk/openai");
});

it("lists every option with its default, and none that does not exist", () => {
  const section = /# Options\n(.*?)\n## /s.exec(read("docs/options.md"))?.[1] ?? "";
  const rows = new Map(
    [...section.matchAll(/^\| `(\w+)` \| (.*?) \| .+ \|$/gm)].map(([, name = "", value = ""]) => [
      name,
      value,
    ]),
  );
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
  const docs = readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" }).filter((name) =>
    name.endsWith(".md"),
  );
  const pages = [
    "README.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "CHANGELOG.md",
    ...docs.map((name) => `docs/${name}`),
  ];
  const dead = pages.flatMap((page) =>
    [...read(page).matchAll(/\]\((?!https?:)([^)#]+)[^)]*\)/g)]
      .map(([, target = ""]) => join(root, page, "..", target))
      .filter((target) => !existsSync(target)),
  );
  expect(dead).toEqual([]);
});

it("names no file that is not there, nor does any page of the docs", () => {
  const generated = new Set(read(".gitignore").split("\n"));
  const pages = [
    "CONTRIBUTING.md",
    "README.md",
    ...readdirSync(join(root, "docs")).flatMap((name) => (name.endsWith(".md") ? [`docs/${name}`] : [])),
  ];
  const missing = pages.flatMap((page) =>
    [...read(page).matchAll(/`((?:src|adapters|test|bench|examples|docs)\/[\w./-]*)`/g)]
      .map(([, path = ""]) => path)
      .filter((path) => !generated.has(`${path.replace(/\/$/, "")}/`) && !existsSync(join(root, path)))
      .map((path) => `${page}: ${path}`),
  );
  expect(missing).toEqual([]);
});
