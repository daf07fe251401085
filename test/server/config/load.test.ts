import { inspect } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { BadConfig, loadConfig, parseConfig } from "../../../server/config/load.js";
import { isSame } from "../../../server/config/same.js";
import { Secret } from "../../../server/config/secret.js";

const CANARY = "sk-canary-5b0c71";
const references = {
  env: { KEY: CANARY, PORT: "9000", SHARE: "true", EMPTY: "", constructor: "x" },
  read: async (path: string) => {
    if (path !== "/etc/reprise/key.txt") throw new Error("ENOENT");
    return `${CANARY}-file\n`;
  },
};
const read = (text: string) => parseConfig(text, "/etc/reprise/reprise.yaml", references);

async function refusal(text: string): Promise<string> {
  const error = await read(text).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(BadConfig);
  return (error as BadConfig).message;
}

const GOOD = `
listen: { port: 8080, max_body: 4 }
cache: { store: memory, policy: exact }
providers:
  one:
    base_url: https://one.example/v1
    keys:
      - { key: "\${KEY}", weight: 2, models: ["gpt-*"] }
      - { key: file:key.txt, name: second }
    headers: { x-team: blue }
  two:
    type: anthropic
    keys: [{ key: "\${KEY}" }]
    timeouts: { connect: 1, first_byte: 2.5 }
routes:
  - { models: ["claude-*"], providers: [two] }
  - models: ["*"]
    providers: [one, { name: one, weight: 3 }]
    strategy: weights
failover: { statuses: [500, 503], attempts: 2, backoff: { initial: 0.1 } }
`;

describe("a configuration file", () => {
  it("is read with its defaults", async () => {
    const { config, says } = await read(GOOD);
    expect(config.listen).toMatchObject({ port: 8080, host: "127.0.0.1", max_body: 4 });
    expect(config.providers.one?.keys.map(({ weight }) => weight)).toEqual([2, 1]);
    expect(config.providers.two?.timeouts).toEqual({ connect: 1, first_byte: 2.5, idle: 600 });
    expect(config.routes?.[1]?.providers).toEqual([
      { name: "one", weight: 1 },
      { name: "one", weight: 3 },
    ]);
    expect([says("listen", "port"), says("listen", "host")]).toEqual([true, false]);
  });

  it("unknown names are refused by name, with line and column", async () => {
    expect(await refusal("providers:\n  one:\n    kees: []\nlissen: {}\n")).toBe(
      'reprise.yaml:3:5 providers.one: unknown name "kees"\nreprise.yaml:4:1 unknown name "lissen"',
    );
    expect(await refusal(`${GOOD}\n__proto__: 1`)).toMatch(/reprise.yaml:\d+:1 unknown name "__proto__"/);
  });

  it("wrong values are refused at their place, in each shape that a place may have", async () => {
    expect(await refusal("providers:\n  one:\n    keys: [{ key: a, weight: 0 }]")).toMatch(
      /^reprise.yaml:3:30 providers\.one\.keys\.0\.weight: /,
    );
    expect(
      await refusal(
        "providers: { one: { keys: [{ key: a }] } }\nroutes:\n  - { models: [a], providers: [{ name: one, wait: 1 }] }",
      ),
    ).toMatch(/^reprise.yaml:3:45 routes\.0\.providers\.0: unknown name "wait"/);
    expect(await refusal("providers: { one: {} }\nroutes:\n  - { models: [a], providers: [two] }")).toMatch(
      /^reprise.yaml:3:32 routes\.0\.providers\.0: "two" is none of `providers`/,
    );
    expect(await refusal("")).toMatch(/^reprise.yaml:1:1 providers: names no provider/);
    expect(await refusal("providers: { one: { base_url: ftp://x } }")).toMatch(/1:31 .*address of http/);
  });

  it("what is no YAML is refused at its place; so are names that stand twice, and aliases without end", async () => {
    expect(await refusal("providers: [")).toMatch(/^reprise.yaml:1:\d+ is no YAML: /);
    expect(await refusal("listen: {}\nlisten: {}")).toMatch(/^reprise.yaml:2:1 is no YAML: duplicate key/);
    const layers = Array.from(
      { length: 9 },
      (_, at) => `l${at + 1}: &l${at + 1} [${Array(9).fill(`*l${at}`).join(",")}]`,
    );
    expect(await refusal(`l0: &l0 [a]\n${layers.join("\n")}`)).toMatch(/aliases/);
    expect(await refusal(" ".repeat(1024 * 1024 + 1))).toMatch(/longer than a megabyte/);
  });

  it("a file that is not there is told as such", async () => {
    await expect(loadConfig("/nowhere/reprise.yaml")).rejects.toThrow("reprise.yaml:1:1 cannot be read");
  });
});

describe("references", () => {
  it("are the environment's values and files' texts, and numbers and switches where such are expected", async () => {
    const { config, files } = await read(
      `${GOOD.replace("port: 8080", 'port: "${PORT}"')}`.replace("policy: exact", 'share: "${SHARE}"'),
    );
    const keys = config.providers.one?.keys.map(({ key }) => key.reveal());
    expect(keys).toEqual([CANARY, `${CANARY}-file`]);
    expect([config.listen.port, config.cache.share]).toEqual([9000, true]);
    expect([...files.keys()]).toEqual(["/etc/reprise/reprise.yaml", "/etc/reprise/key.txt"]);
  });

  it("one that means nothing is refused by name", async () => {
    expect(await refusal("providers: { one: { keys: [{ key: '${NONE}' }] } }")).toBe(
      "reprise.yaml:1:35 the environment has no NONE",
    );
    expect(await refusal("providers: { one: { keys: [{ key: '${EMPTY}' }] } }")).toMatch(/has no EMPTY/);
    expect(await refusal("providers: { one: { keys: [{ key: '${toString}' }] } }")).toMatch(/no toString/);
    expect(await refusal("providers: { one: { keys: [{ key: 'file:other' }] } }")).toMatch(
      /1:35 the file "other" cannot be read/,
    );
    const { config } = await read("providers: { one: { model_map: { a: '$${KEY}' } } }");
    expect(config.providers.one?.model_map).toEqual({ a: "${KEY}" });
  });

  it("what they stand for is shown nowhere", async () => {
    const { config } = await read(GOOD);
    for (const shown of [
      JSON.stringify(config),
      inspect(config, { depth: 20 }),
      String(config.providers.one?.keys[0]?.key),
    ])
      expect(shown).not.toContain(CANARY);
    for (const place of [
      "listen: { port: $ }",
      "cache: { policy: $ }",
      "providers: { one: { base_url: $ } }",
      "providers: { one: { type: $, headers: [$] } }",
      "routes: [{ providers: [$], models: $ }]",
    ])
      expect(await refusal(place.replaceAll("$", '"${KEY}"'))).not.toContain(CANARY);
  });
});

describe("two configurations", () => {
  it("are not the same where a secret differs", () => {
    expect(isSame({ a: [new Secret("x")] }, { a: [new Secret("x")] })).toBe(true);
    expect(isSame({ a: [new Secret("x")] }, { a: [new Secret("y")] })).toBe(false);
  });
});

describe("a good file that is changed anyhow", () => {
  // REPRISE_FUZZ=10000 for the long form.
  const numRuns = Number(process.env.REPRISE_FUZZ ?? 500);
  const piece = fc.oneof(
    fc.constantFrom(
      "{",
      "}",
      "[",
      "]",
      ":",
      "\n",
      "  ",
      "- ",
      "*a",
      "&a ",
      "!!binary ",
      "${KEY}",
      "${",
      "file:",
      "null",
      "~",
      "1e999",
      "-1",
      '"',
      "'",
      "#",
      "|\n",
      "? ",
      "__proto__: {}\n",
      "constructor: 1\n",
    ),
    fc.string({ maxLength: 6 }),
  );
  const change = fc.tuple(fc.nat(GOOD.length), fc.nat(12), piece);
  const changed = (changes: readonly (readonly [number, number, string])[]): string =>
    changes.reduce((text, [at, length, put]) => text.slice(0, at) + put + text.slice(at + length), GOOD);

  it("loads, or is refused with a place in it, and never with what a reference stands for", async () => {
    let [loads, refusals] = [0, 0];
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 3 }), async (changes) => {
        const text = changed(changes);
        try {
          const { config } = await read(text);
          loads++;
          // What loads is YAML with a provider in it, and every route leads to one.
          expect(parse(text, { strict: false, logLevel: "silent" })).toBeTypeOf("object");
          expect(Object.keys(config.providers).length).toBeGreaterThan(0);
          for (const { name } of config.routes?.flatMap(({ providers }) => providers) ?? [])
            expect(Object.hasOwn(config.providers, name)).toBe(true);
        } catch (error) {
          if (!(error instanceof BadConfig)) throw error;
          refusals++;
          const lines = text.split("\n").length;
          expect(error.faults.length).toBeGreaterThan(0);
          for (const { line, column, message } of error.faults) {
            expect(line >= 1 && line <= lines && column >= 1 && message !== "").toBe(true);
            expect(message).not.toContain(CANARY);
          }
        }
      }),
      { numRuns },
    );
    expect([loads > 0, refusals > 0]).toEqual([true, true]);
  });
});
