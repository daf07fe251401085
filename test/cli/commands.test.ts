/** Every command on each kind of store, seeded from memory. */
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
// @ts-expect-error: it has no types of its own.
import pg from "pg";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { storeAt } from "../../cli/store.js";
import type { ShownKey, ShownSecret } from "../../server/keys/shown.js";
import type { Explanation, KeyvLike, TemplateDetails, TemplateSummary } from "../../src/index.js";
import { createCache } from "../../src/index.js";
import { PEOPLE, task, teach } from "../support/agent.js";
import { calls, user } from "../support/cache.js";
import { POSTGRES, REDIS, runsWith } from "../support/services.js";
import { commandLine, json } from "./support.js";

const folder = mkdtempSync(join(tmpdir(), "reprise-commands-"));
const database = `reprise_cli_${process.pid}_${Date.now()}`;
const namespace = `cli-${process.pid}-${Date.now()}`;
const hasPostgres = await runsWith(POSTGRES);
const admin = async (sql: string): Promise<void> => {
  const client = new pg.Client(POSTGRES.url);
  await client.connect();
  await client.query(sql);
  await client.end();
};
if (hasPostgres) await admin(`CREATE DATABASE ${database}`);
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  if (hasPostgres) await admin(`DROP DATABASE ${database} WITH (FORCE)`);
});

const find = (name: string) => task(`Find ${name} in the list`, calls("find", { name }));
const request = join(folder, "request.json");
writeFileSync(request, JSON.stringify({ messages: [user("Find Hugo Weber in the list")] }));

const STORES = [
  { name: "SQLite", address: `sqlite://${join(folder, "a.sqlite")}`, isThere: true },
  { name: "Redis", address: REDIS.url, isThere: await runsWith(REDIS) },
  { name: "PostgreSQL", address: POSTGRES.url.replace(/postgres$/, database), isThere: hasPostgres },
];

describe.each(STORES)("on $name (skipped when nobody listens there)", ({ name, address, isThere }) => {
  let round = 0;
  let at: string[] = [];
  let space = "";

  /** Seeds a namespace of its own: one template that is live, and its exchanges. */
  beforeEach(async (test) => {
    if (!isThere) return test.skip();
    space = `${namespace}-${name}-${round++}`;
    at = ["--store", address, "--namespace", space];
    const source = storeAt(address).store;
    const keyv = (await (typeof source === "function" ? source() : source)) as KeyvLike;
    const cache = createCache({ store: keyv, namespace: space, auditRate: 0 });
    await teach(cache, PEOPLE.slice(0, 5).map(find));
    await cache.close();
    await keyv.disconnect?.();
  });

  const listed = async (): Promise<TemplateSummary[]> => (await json(["templates", ...at])).value;
  const explained = async (): Promise<Explanation> => (await json(["explain", request, ...at])).value;

  it("tree, stats, templates and explain show what is known", async () => {
    const tree = await commandLine(["tree", ...at]);
    expect(tree).toMatchObject({ code: 0, err: "" });
    expect(tree.out).toMatch(/^scope [\w-]{8}\n/);
    expect(tree.out).toContain("find(name={{");
    expect((await commandLine(["tree", "--live", "--limit", "1", ...at])).out).not.toContain("(seen)");

    expect((await json(["stats", ...at])).value).toMatchObject({
      exchanges: 5,
      scopes: 1,
      namespace: space,
      faults: {},
    });
    expect((await commandLine(["stats", ...at])).out).toMatch(/exchanges {2}5\ntemplates {2}\d+ live/);

    const [live] = (await listed()).filter(({ standing }) => standing === "live");
    expect(live).toMatchObject({ tools: ["find"] });
    const shown = await commandLine(["templates", live?.id.slice(0, 8) ?? "", ...at]);
    for (const part of ["reads", "says", "slots", "derivations", "evidence", "examples", PEOPLE[4]])
      expect(shown.out).toContain(part);
    const details: TemplateDetails = (await json(["templates", live?.id ?? "", ...at])).value;
    expect(details.examples.length).toBeGreaterThan(3);

    expect(await explained()).toMatchObject({ outcome: "hit", match: "template" });
    const told = await commandLine(["explain", "-", ...at], { stdin: readFileSync(request, "utf8") });
    expect(told.out).toContain("Served by a template");
  });

  it("retire and approve decide, with who and why", async () => {
    const ids = (await listed()).map(({ id }) => id);
    const retired = await commandLine(["retire", ...ids, "--reason", "no longer", "--author", "Ann", ...at]);
    expect(retired).toMatchObject({ code: 0, err: "" });
    expect(await explained()).toMatchObject({ outcome: "miss" });
    expect((await commandLine(["tree", ...at])).out).toContain('retired by "Ann": "no longer"');
    const approved = await json(["approve", ids[0] ?? "", "--reason", "after all", "--author", "Ben", ...at]);
    expect(approved.value).toMatchObject([{ id: ids[0], standing: "live" }]);
    expect((await explained()).sentence).toContain("Ben has approved");
    expect((await commandLine(["templates", "--standing", "live", ...at])).out).toContain(
      "approved by Ben: after all",
    );
  });

  it("export and import move it, whole or the templates alone", async () => {
    const file = join(folder, `${space}.jsonl`);
    expect((await commandLine(["export", "-o", file, ...at])).out).toContain(`lines are in ${file}`);
    const { out } = await commandLine(["export", ...at]);
    expect(`${out}\n`).toBe(readFileSync(file, "utf8"));
    const { out: templates } = await commandLine(["export", "--templates", ...at]);
    expect(templates).not.toContain('"kind":"exchange"');

    const other = ["--store", `sqlite://${file}.sqlite`, "--namespace", space];
    expect((await json(["import", file, ...other])).value).toMatchObject({ refused: [] });
    const [before, after] = [await json(["templates", ...at]), await json(["templates", ...other])];
    expect(after.value).toEqual(before.value);
    const wrong = await commandLine([
      "import",
      file,
      "--store",
      `sqlite://${file}.other`,
      "--namespace",
      "else",
    ]);
    expect(wrong).toMatchObject({ code: 2, err: expect.stringContaining("--namespace") });
    const broken = await commandLine(["import", "-", ...other], {
      stdin: `${out.split("\n")[0]}\n{"kind":"template"}\n`,
    });
    expect(broken).toMatchObject({ code: 2, err: expect.stringContaining("not believed") });
    expect(broken.out).toContain("line 2: not-a-record");
  });

  it("forget erases what is named", async () => {
    const [first] = await listed();
    await commandLine(["forget", "--template", first?.id.slice(0, 8) ?? "", ...at]);
    expect((await listed()).map(({ id }) => id)).not.toContain(first?.id);
    expect((await json(["forget", "--older-than", "1d", ...at])).value).toEqual({ forgotten: 0 });
    expect((await commandLine(["forget", "--all", ...at])).out).toMatch(/^\d+ entries are erased$/);
    expect((await json(["stats", ...at])).value).toMatchObject({ exchanges: 0, scopes: 0 });
  });

  it("learn takes a log in, and replay has told before what it would earn", async () => {
    const log = join(folder, `${space}.log.jsonl`);
    const usage = { prompt_tokens: 1_000, completion_tokens: 100 };
    const lines = PEOPLE.map((name) => {
      const [messages, response] = find(name);
      return JSON.stringify({ model: "gpt-5-mini", messages, response, usage });
    });
    writeFileSync(log, `${lines.join("\n")}\n{\n`);
    const replayed: { exact: object; template: { right: number }; dollars: number }[] = (
      await json(["replay", log])
    ).value;
    expect(replayed[0]?.template).toMatchObject({ wrong: 0 });
    expect(replayed[0]?.template.right).toBeGreaterThan(5);
    expect(replayed[0]?.dollars).toBeGreaterThan(0);

    const learned = await commandLine(["learn", log, ...at]);
    expect(learned).toMatchObject({ code: 0 });
    expect(learned.out).toContain(`${PEOPLE.length} calls, ${PEOPLE.length} of them new`);
    expect(learned.out).toContain("log.jsonl line 13: not JSON");
    const warm = join(folder, "warm.json");
    writeFileSync(
      warm,
      JSON.stringify({ model: "gpt-5-mini", messages: [user("Find Zed Zulu in the list")] }),
    );
    expect((await json(["explain", warm, ...at])).value).toMatchObject({ outcome: "hit" });
    // The same log again teaches nothing, and harms nothing.
    expect((await json(["learn", log, ...at])).value).toMatchObject({ recorded: 0 });
  });

  it("keys are vended, listed, rotated and revoked, and their secrets are printed once", async () => {
    const limits = ["--requests", "60", "--tokens", "9000", "--models", "gpt-5*", "gpt-4.1"];
    const shown = await commandLine(["keys", "vend", "agents", ...limits, "--expires", "90d", ...at]);
    expect(shown).toMatchObject({ code: 0, err: expect.stringContaining("shown once") });
    const [line = "", secret = ""] = shown.out.split("\n");
    expect(secret).toMatch(/^rk_[\w-]{43}$/);
    expect(line).toMatch(
      /agents {2}\(models gpt-5\*, gpt-4\.1; 60 requests a minute; 9000 tokens a minute; until /,
    );
    const other: ShownSecret = (await json(["keys", "vend", "others", "--key-namespace", "team", ...at]))
      .value;
    expect(other).toMatchObject({
      name: "others",
      namespace: "team",
      standing: "valid",
      models: [],
      expires: null,
    });

    const rotated: ShownSecret = (await json(["keys", "rotate", "agents", "--grace", "15m", ...at])).value;
    expect(rotated.id).toBe(line.split(" ")[0]);
    expect(rotated.secret).not.toBe(secret);
    expect(Date.parse(rotated.old_until ?? "")).toBeGreaterThan(Date.now() + 10 * 60_000);
    const revoked = await commandLine(["keys", "revoke", other.id.slice(0, 8), ...at]);
    expect(revoked).toMatchObject({ code: 0, out: `${other.id} is revoked (others)` });
    expect(await commandLine(["keys", "rotate", "others", ...at])).toMatchObject({ code: 2 });

    const { out } = await commandLine(["keys", "list", ...at]);
    expect(out).toContain(rotated.id);
    expect(out).not.toContain(other.id);
    const all: ShownKey[] = (await json(["keys", "list", "--all", ...at])).value;
    expect(all.map(({ standing }) => standing)).toEqual(["valid", "revoked"]);
    for (const hidden of [secret, rotated.secret, other.secret])
      expect(JSON.stringify(all)).not.toContain(hidden);
    expect((await json(["keys", "usage", ...at])).value).toHaveLength(2);
    expect((await commandLine(["keys", "usage", "agents", ...at])).out).toContain("calls 0, hits 0");
  });

  it("verify reads everything, and finds nothing wrong", async () => {
    const verified = await commandLine(["verify", ...at]);
    expect(verified).toMatchObject({ code: 0, err: "" });
    expect(verified.out).toContain("5 exchanges");
    expect(verified.out).toContain("all of them are what they should be");
  });
});

describe("a key for a configuration file", () => {
  it("is a secret and its digest, and nothing is stored", async () => {
    const { value } = await json(["keys", "digest"]);
    const { secret, digest } = value as { secret: string; digest: string };
    expect(digest).toBe(`sha256:${createHash("sha256").update(secret).digest("hex")}`);
    expect((await commandLine(["keys", "digest"])).out).not.toContain(secret);
  });
});

describe("what is damaged", () => {
  it("is found by verify, with code 1", async () => {
    const file = join(folder, "damaged.sqlite");
    const cache = createCache({ store: storeAt(`sqlite://${file}`).store as never });
    await teach(cache, PEOPLE.slice(0, 3).map(find));
    await cache.close();
    const opened = new DatabaseSync(file);
    opened.exec("UPDATE keyv SET value = replace(value, 'Find', 'Fine') WHERE value LIKE '%exchange%Find%'");
    opened.close();
    const { code, value } = await json(["verify", "--store", `sqlite://${file}`]);
    expect(code).toBe(1);
    expect(value).toMatchObject({ damaged: { damaged: 3 } });
    expect((await commandLine(["verify", "--store", `sqlite://${file}`])).out).toContain("3 damaged");
  });
});

describe("a store in a module", () => {
  it("is a Keyv, or a function that gives one, by its default or its name", async () => {
    const module = join(folder, "store.mjs");
    writeFileSync(
      module,
      `const kept = new Map();
       export const store = () => ({ get: async (key) => kept.get(key), getMany: async (keys) => keys.map((key) => kept.get(key)),
         set: async (key, value) => void kept.set(key, value), setMany: async (all) => void all.map(({ key, value }) => kept.set(key, value)),
         delete: async (key) => kept.delete(key), deleteMany: async (keys) => void keys.map((key) => kept.delete(key)), on() {} });`,
    );
    const log = join(folder, "module.jsonl");
    const [messages, response] = find("Ann Marsh");
    writeFileSync(log, JSON.stringify({ messages, response }));
    expect((await json(["learn", log, "--store", module])).value).toMatchObject({ recorded: 1 });
    expect((await json(["stats", "--store", module])).value).toMatchObject({ exchanges: 1 });
    writeFileSync(join(folder, "none.mjs"), "export const other = 1;");
    for (const [path, says] of [
      ["none.mjs", "exports no Keyv"],
      ["nowhere.mjs", "cannot be loaded"],
    ])
      expect(await commandLine(["stats", "--store", join(folder, path as string)])).toMatchObject({
        code: 2,
        err: expect.stringContaining(says as string),
      });
  });
});

describe("what cannot be done", () => {
  const missing = ["--store", `sqlite://${join(folder, "nowhere.sqlite")}`];
  const here = STORES[0]?.address ?? "";
  it.each<[string, string[], string]>([
    ["an unknown command", ["treee"], "Did you mean tree"],
    ["an unknown option", ["tree", "--colour"], "--colour"],
    ["a file that is not there", ["tree", ...missing], "there is no file"],
    ["a store of another kind", ["tree", "--store", "mysql://x"], "sqlite://FILE"],
    ["memory", ["tree", "--store", "memory"], "needs a store that is kept"],
    ["a database that does not answer", ["tree", "--store", "redis://127.0.0.1:1"], "is it running"],
    ["a database nobody listens at", ["tree", "--store", "postgresql://x@127.0.0.1:1/x"], "is it running"],
    ["a namespace that is empty", ["tree", "--store", here, "--namespace", ""], '"namespace"'],
    ["a template nobody knows", ["templates", "0123456789", "--store", here], "no template begins with"],
    ["a review without a reason", ["approve", "0123456789", "--store", here], "--reason"],
    [
      "a review of nothing",
      ["retire", "0123456789", "--reason", "x", "--store", here],
      "no template begins with",
    ],
    ["nothing to forget", ["forget", "--store", here], "say what to forget"],
    ["everything and something", ["forget", "--all", "--tool", "x", "--store", here], "give it alone"],
    ["a span that is none", ["forget", "--older-than", "soon", "--store", here], "30d"],
    ["a request that is not there", ["explain", join(folder, "no.json"), "--store", here], "cannot be read"],
    ["an export that is not there", ["import", join(folder, "no.jsonl"), "--store", here], "cannot be read"],
    ["a log that is not there", ["learn", join(folder, "no.jsonl"), "--store", here], "cannot be read"],
    ["a log without calls", ["learn", request, "--store", here], "docs/replay.md"],
    [
      "an API that is none",
      ["learn", request, "--for-proxy", "ftp://x", "--store", here],
      "address of an API",
    ],
    ["a number that is none", ["tree", "--limit", "many", "--store", here], "whole number"],
    ["options that are no JSON", ["replay", request, "--options", "{"], "JSON object"],
    ["keys of a file that is not there", ["keys", "list", ...missing], "reprise keys vend"],
    ["keys in memory", ["keys", "vend", "x", "--store", "memory"], "need a store that is kept"],
    ["keys where nobody answers", ["keys", "list", "--store", "redis://127.0.0.1:1"], "is it running"],
    ["a key nobody knows", ["keys", "revoke", "nobody", "--store", here], "keys list --all"],
    [
      "a key that has expired already",
      ["keys", "vend", "x", "--expires", "2020-01-01", "--store", here],
      "future",
    ],
    ["a month that is none", ["keys", "usage", "--month", "11", "--store", here], "2026-11"],
  ])("%s: code 2, and what to do", async (_, args, says) => {
    const { code, err } = await commandLine(args);
    expect(err).toContain(says);
    expect(code).toBe(2);
  });

  it("a request that is no JSON, or has no messages, says what one looks like", async () => {
    for (const stdin of ["{", "[]", '{"messages":{}}', "null"])
      expect(await commandLine(["explain", "-", "--store", here], { stdin })).toMatchObject({
        code: 2,
        err: expect.stringContaining('{"model": "…", "messages":'),
      });
    expect(
      await commandLine(["explain", "-", "--store", here], { stdin: '{"messages":[{"role":5}]}' }),
    ).toMatchObject({ code: 2, err: expect.stringContaining("explain cannot read") });
  });
});

describe("help", () => {
  it("teaches: examples, every command by group, and its own page", async () => {
    const { code, out } = await commandLine(["--help"]);
    expect(code).toBe(0);
    for (const part of [
      "Look",
      "Decide",
      "Move",
      "Run",
      "reprise replay yesterday.jsonl",
      "2 it cannot be done",
    ])
      expect(out).toContain(part);
    for (const [name] of out.matchAll(/^ {2}(\w+) (?:\[|<)/gm)) {
      const page = await commandLine([name.trim().split(" ")[0] as string, "--help"]);
      expect(page).toMatchObject({ code: 0, err: "" });
      expect(page.out.length).toBeGreaterThan(200);
    }
  });

  it("stands in docs/cli.md too: every command has its row", async () => {
    const page = readFileSync(new URL("../../docs/cli.md", import.meta.url), "utf8");
    const { out } = await commandLine(["--help"]);
    const names = [...out.matchAll(/^ {2}(\w+) \[options\]/gm)].map(([, name]) => name);
    expect(names).toEqual(expect.arrayContaining(["tree", "serve", "learn"]));
    for (const name of names)
      expect([name, new RegExp(`^\\| .*\`${name}\\b`, "m").test(page)]).toEqual([name, true]);
  });

  it("comes with colours on a terminal alone", async () => {
    const args = ["tree", "--store", STORES[0]?.address ?? "", "--namespace", `${namespace}-SQLite-0`];
    expect((await commandLine(args)).out).not.toContain("\u001b[");
    expect((await commandLine(args, { isTerminal: true })).out).toContain("\u001b[");
    expect((await commandLine(args, { isTerminal: true, env: { NO_COLOR: "1" } })).out).not.toContain(
      "\u001b[",
    );
  });
});
