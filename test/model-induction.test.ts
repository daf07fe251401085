/** Learning with a model, over HTTP: scripted answers, through the real packages of three providers. */
import { readFileSync } from "node:fs";
import { createOpenAI } from "@ai-sdk/openai";
import { ChatOpenAI } from "@langchain/openai";
import OpenAI from "openai";
import { inducer as fromAiSdk } from "reprise/ai-sdk";
import { inducer as fromLangChain } from "reprise/langchain";
import { inducer as fromOpenAi } from "reprise/openai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CacheEvents, InductionModel } from "../src/index.js";
import { inShort, teach } from "./support/agent.js";
import { setUp, short } from "./support/cache.js";
import { answerTo, type ModelCase, transcript } from "./support/model-cases.js";
import { BAD } from "./support/model-cases-bad.js";
import { GOOD } from "./support/model-cases-good.js";
import { type ModelServer, modelServer } from "./support/model-server.js";

let server: ModelServer;
let says: ModelCase["says"];
beforeAll(async () => {
  server = await modelServer(({ agent, input }) => ({ json: answerTo(says, agent, input) ?? {} }));
});
afterAll(() => server.close());

/** The same model by each of the adapters. */
const PROVIDERS: Readonly<Record<string, () => InductionModel>> = {
  "the AI SDK": () => fromAiSdk(createOpenAI({ apiKey: "k", baseURL: server.url }).chat("gpt-4o-mini")),
  LangChain: () =>
    fromLangChain(
      new ChatOpenAI({
        ...{ model: "gpt-4o-mini", apiKey: "k", maxRetries: 0 },
        configuration: { baseURL: server.url },
      }),
    ),
  OpenAI: () =>
    fromOpenAi(new OpenAI({ apiKey: "k", baseURL: server.url, maxRetries: 0 }), { model: "gpt-4o-mini" }),
};

async function play(model: InductionModel, each: ModelCase) {
  const { before = [], about, after = [], never, options } = each;
  const { cache } = setUp({ ...options, induction: { model, attempts: 1, retryDelay: 1 } });
  const consulted: CacheEvents["consulted"][] = [];
  const learned: string[] = [];
  let proposed: string | undefined;
  cache.on("learned", ({ template }) => void learned.push(template));
  cache.on("consulted", (event) => {
    consulted.push(event);
    if (event.outcome === "kept") proposed ??= learned.at(-1);
  });
  says = each.says;
  for (const step of [...before, about]) await teach(cache, [step]);
  const told = consulted.at(-1);
  const tree = cache.printTree();
  const template = proposed === undefined ? undefined : cache.template(proposed);
  await teach(cache, after.slice(0, -1));
  const last = after.at(-1);
  const served = last && short(await cache.lookup({ messages: last[0] })).replace(/^template /, "");
  const unserved = never && short(await cache.lookup({ messages: never }));
  const dead = cache.deadLetters();
  await cache.close();
  return { came: told?.reason ?? told?.outcome, tree, template, served, unserved, dead, last };
}

const NAMES = Object.keys(PROVIDERS);

describe("what a good model says", () => {
  it.each(GOOD.map((each, index) => [each.name, NAMES[index % NAMES.length] as string, each] as const))(
    "%s (%s)",
    async (_name, provider, each) => {
      const { came, tree, served, unserved, last } = await play(PROVIDERS[provider]?.() as never, each);
      expect([came, tree]).toEqual([each.comes, tree]);
      if (each.learns) expect(tree).toContain(each.learns);
      if (last) expect(served).toBe(inShort(last[1]));
      if (each.never) expect(unserved).toMatch(/^miss/);
    },
  );
});

describe("docs/induction.md", () => {
  const page = readFileSync(new URL("../docs/induction.md", import.meta.url), "utf8");

  it.each([
    "Boston is in MA: a table the world knows",
    "the 1900s are the 20th century, and it began on a Monday",
    "Erik Dunteman works at Butter: the food is noise, and butter is no Butter",
    "arithmetic: a reply that shows its working",
    "form filling: each argument in the form its tool wants",
    "string manipulation: no words around the data",
    "unread e-mails: a condition on what a tool gave",
    "told to make everything a variable",
    "a cycle",
  ])("shows what each agent said, and what became of it: %s", async (name) => {
    const each = [...GOOD, ...BAD].find((one) => one.name === name) as ModelCase;
    const { came, template } = await play(PROVIDERS.OpenAI?.() as never, each);
    const outcome = template
      ? [...template.turns, ...template.guards.map((guard) => `if ${guard}`), `⇒ ${template.reply}`]
      : [`refused: ${came}`];
    const shown = transcript(each, outcome);
    if (process.env.REPRISE_PRINT) process.stdout.write(`\n${shown}\n`);
    expect(page).toContain(shown);
  });
});

describe("what is refused", () => {
  it.each(
    BAD.map((each, index) => [each.name, each.comes, NAMES[index % NAMES.length] as string, each] as const),
  )("%s: %s (%s)", async (_name, comes, provider, each) => {
    const { came, dead } = await play(PROVIDERS[provider]?.() as never, each);
    if (comes === "malformed") expect(dead.map(({ reason }) => reason)).toEqual(["malformed"]);
    else expect([came, dead]).toEqual([comes, []]);
  });
});
