import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

interface Import {
  readonly from: string;
  /** A file of the project, or a package's name as written. */
  readonly to: string;
  readonly isType: boolean;
}

function sources(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => /\.tsx?$/.test(file))
    .map((file) => join(folder, file));
}

const STATEMENT =
  /^\s*(?:import|export)\s+(type\s+)?([^;]*?)\s*from\s*"([^"]+)"|^\s*import\s+"([^"]+)"|\bimport\("([^"]+)"\)/gm;

function importsOf(file: string): Import[] {
  const text = readFileSync(join(ROOT, file), "utf8");
  return [...text.matchAll(STATEMENT)].map(([, type, names, path, bare, lazy]) => {
    const target = path ?? bare ?? lazy ?? "";
    const named = names
      ?.match(/^\{([^}]*)\}$/)?.[1]
      ?.split(",")
      .filter((name) => name.trim() !== "");
    const isType =
      type !== undefined ||
      (named !== undefined && named.length > 0 && named.every((name) => name.trim().startsWith("type ")));
    const to = target.startsWith(".")
      ? normalize(join(dirname(file), target)).replace(/\.js$/, ".ts")
      : target;
    return { from: file, to, isType };
  });
}

const CORE = sources("src");
const ADAPTERS = sources("adapters");
/** The proxy, and the command line. */
const SERVER = sources("server");
const CLI = sources("cli");
/** The inspector's page, for browsers. */
const PAGE = sources("inspector");
const ALL = [...CORE, ...ADAPTERS, ...SERVER, ...CLI];
const IMPORTS = ALL.flatMap(importsOf);
const told = ({ from, to, isType }: Import): string => `${from} -> ${to}${isType ? " (type)" : ""}`;

/** From the ground up: a file may import its own layer and those below it. */
const LAYERS = ["base", "template", "tree", "trust", "answer", "learn", "cache", "testing"];
/**
 * Ready Keyv stores: a part of the package that the core does not know, and that knows of the core what a
 * Keyv is.
 */
const STORES = "stores";
/**
 * Files at the root of src that belong to no folder. `base` is what everything may use: shapes, errors,
 * events, options.
 */
const ROOT_FILES: Readonly<Record<string, string>> = {
  "types.ts": "base",
  "errors.ts": "base",
  "events.ts": "base",
  "options.ts": "base",
  "redact.ts": "base",
  worker: "cache",
  "cache.ts": "cache",
  "index.ts": "cache",
};

function layerOf(file: string): string {
  const [, first = ""] = file.split("/");
  return ROOT_FILES[first] ?? first;
}

/** Entries that run in Node alone: the ready stores, and the file that a worker of Node begins with. */
const isOfNode = (from: string, to: string): boolean =>
  to.startsWith("node:") && (from.startsWith(`src/${STORES}/`) || from === "src/worker/worker.ts");

describe("the architecture", () => {
  it("is read from real imports", () => {
    expect(CORE.length).toBeGreaterThan(50);
    expect(IMPORTS.length).toBeGreaterThan(200);
    for (const { from, to } of IMPORTS)
      if (/^(?:src|adapters|server|cli)\//.test(to))
        expect([from, to, ALL.includes(to)]).toEqual([from, to, true]);
    expect(CORE.filter((file) => ![...LAYERS, "store", STORES].includes(layerOf(file)))).toEqual([]);
  });

  it("imports go one way: template <- tree <- trust <- answer <- learn <- cache", () => {
    const wrong = IMPORTS.filter(({ from, to, isType }) => {
      if (!from.startsWith("src/") || !to.startsWith("src/")) return false;
      const [source, target] = [layerOf(from), layerOf(to)];
      if (source === STORES || target === STORES)
        return source !== target && target !== "base" && !(target === "store" && isType);
      if (source === "store" || target === "store" || source === target) return false;
      // The base knows the layers' shapes, to say what an option or an event holds.
      if (source === "base") return !isType;
      return LAYERS.indexOf(target) > LAYERS.indexOf(source);
    });
    expect(wrong.map(told)).toEqual([]);
  });

  it("the store knows nothing of the cache but errors, shapes and templates; only the cache and its options know the store", () => {
    const wrong = IMPORTS.filter(({ from, to, isType }) => {
      if (!from.startsWith("src/") || !to.startsWith("src/")) return false;
      const [source, target] = [layerOf(from), layerOf(to)];
      if (source === "store")
        return !["store", "template"].includes(target) && !["src/errors.ts", "src/types.ts"].includes(to);
      return (
        target === "store" && !["cache", "testing", STORES].includes(source) && !(source === "base" && isType)
      );
    });
    expect(wrong.map(told)).toEqual([]);
  });

  it("the core knows no framework, and imports nothing of Node: its packages are keyv, zod, cockatiel for calls of a model, and a hash for where there is no Node", () => {
    const packages = IMPORTS.filter(
      ({ from, to }) => from.startsWith("src/") && !to.startsWith("src/") && !isOfNode(from, to),
    );
    const drivers = packages.filter(
      ({ from, to }) => from.startsWith(`src/${STORES}/`) && ["pg", "@keyv/redis"].includes(to),
    );
    expect(
      packages
        .filter(
          (each) =>
            !["keyv", "zod", "cockatiel", "@noble/hashes/sha2.js"].includes(each.to) &&
            !drivers.includes(each),
        )
        .map(told),
    ).toEqual([]);
  });

  it("adapters know the core by its package name and what they share, and nothing of each other", () => {
    // The APIs over HTTP are one adapter in two folders, of two makers.
    const roomOf = (file: string): string =>
      file.split("/").slice(0, 2).join("/").replace("anthropic", "openai");
    const wrong = IMPORTS.filter(({ from, to }) => {
      if (!from.startsWith("adapters/")) return false;
      const own = roomOf(from);
      return (
        to.startsWith("src/") ||
        (to.startsWith("adapters/") && roomOf(to) !== own && !to.startsWith("adapters/shared/"))
      );
    });
    expect(wrong.map(told)).toEqual([]);
    expect(IMPORTS.some(({ from, to }) => from.startsWith("adapters/") && to === "reprise")).toBe(true);
    const shared = IMPORTS.filter(
      ({ from, to }) => from.startsWith("adapters/shared/") && !to.startsWith("adapters/shared/"),
    );
    expect(shared.filter(({ to }) => !["reprise", "zod"].includes(to)).map(told)).toEqual([]);
  });

  it("the proxy and the command line know the core by its package name; nobody knows them, nor the packages that only they need", () => {
    const own = /^(?:server|cli)\//;
    const wrong = IMPORTS.filter(({ from, to }) => {
      if (!own.test(from)) return own.test(to) || /^(?:hono|@hono\/|undici|commander)/.test(to);
      if (from.startsWith("server/") && (to.startsWith("cli/") || to === "commander")) return true;
      if (from.startsWith("cli/") && /^(?:adapters\/|hono|@hono\/|undici)/.test(to)) return true;
      return (
        to.startsWith("src/") ||
        (to.startsWith("adapters/") && !/^adapters\/(?:anthropic|openai|shared)\//.test(to))
      );
    });
    expect(wrong.map(told)).toEqual([]);
  });

  it("the page knows its own packages, and of the rest types alone; nobody knows it", () => {
    const wrong = PAGE.flatMap(importsOf).filter(
      ({ to, isType }) =>
        !to.startsWith("inspector/page/") &&
        !/^(?:preact|preact\/hooks|d3-hierarchy|uplot)$/.test(to) &&
        !(isType && (to === "reprise" || to.startsWith("server/inspector/"))),
    );
    expect(wrong.map(told)).toEqual([]);
    expect(PAGE.length).toBeGreaterThan(5);
    expect(IMPORTS.filter(({ to }) => to.startsWith("inspector/")).map(told)).toEqual([]);
    for (const file of PAGE)
      expect([
        file,
        /dangerouslySetInnerHTML|innerHTML|\beval\b/.test(readFileSync(join(ROOT, file), "utf8")),
      ]).toEqual([file, false]);
  });

  it("no file needs itself: imports have no cycle, types included", () => {
    const needs = new Map<string, string[]>();
    for (const { from, to } of IMPORTS)
      if (/^(?:src|adapters|server|cli)\//.test(to)) needs.set(from, [...(needs.get(from) ?? []), to]);
    const done = new Set<string>();
    const cycles: string[] = [];
    const visit = (file: string, path: readonly string[]): void => {
      if (path.includes(file)) {
        cycles.push([...path.slice(path.indexOf(file)), file].join(" -> "));
        return;
      }
      if (done.has(file)) return;
      for (const next of needs.get(file) ?? []) visit(next, [...path, file]);
      done.add(file);
    };
    for (const file of needs.keys()) visit(file, []);
    expect(cycles).toEqual([]);
  });

  it("exports by name only, and the library prints nothing", () => {
    for (const file of ALL) {
      const text = readFileSync(join(ROOT, file), "utf8");
      const prints = /process\.std(?:out|err)/.test(text) && !CLI.includes(file);
      expect([file, /^export default/m.test(text), /\bconsole\s*\./.test(text), prints]).toEqual([
        file,
        false,
        false,
        false,
      ]);
    }
  });

  it("every test stands where its source does", () => {
    const tests = sources("test").filter((file) => file.endsWith(".test.ts"));
    const folders = new Set([
      "bench",
      // The gateway as a whole, by what it must not do.
      "server/gateway",
      ...ALL.map((file) => dirname(file.startsWith("src/") ? relative("src", file) : file)),
    ]);
    const astray = tests
      .map((file) => dirname(relative("test", file)))
      .filter((folder) => !folders.has(folder));
    expect(astray).toEqual([]);
  });
});
