/**
 * What a later step fails on is asked for anew in whatever chain the model stands: also where only the model
 * was wrapped.
 */
import { JsonOutputParser, StringOutputParser } from "@langchain/core/output_parsers";
import { ChatPromptTemplate } from "@langchain/core/prompts";
import { type Runnable, RunnableLambda, RunnableSequence } from "@langchain/core/runnables";
import { createCache } from "reprise";
import { withReprise } from "reprise/langchain";
import { describe, expect, it } from "vitest";
import { done, repriseOf, type Said, StreamingModel } from "./support.js";

/** A model that says these things, one a call, and then the last of them again; an error is thrown. */
function saying(...said: (string | Error)[]): StreamingModel {
  const of = (given: string | Error = ""): Said =>
    typeof given === "string" ? { content: given, ...done() } : { error: given };
  return new StreamingModel({ script: ({ index }) => of(said[index] ?? said.at(-1)) });
}

const strict = (text: string): number => {
  if (!/^\d+$/.test(text)) throw new Error("no number");
  return Number(text);
};
const fails = (fields: object) => () => {
  throw Object.assign(new Error("busy"), fields);
};
const prompt = ChatPromptTemplate.fromTemplate("How many {what}?");
const add = {
  type: "function",
  function: { name: "add", description: "Adds.", parameters: { type: "object", properties: {} } },
} as const;
const text = (): StringOutputParser => new StringOutputParser();

type Make = (model: StreamingModel, step?: (text: string) => unknown) => Runnable;

const CHAINS: Record<string, Make> = {
  "a prompt, the model, a parser, a step": (model, step = strict) =>
    prompt.pipe(model).pipe(text()).pipe(step),
  "a list of steps": (model, step = strict) => RunnableSequence.from([prompt, model, text(), step]),
  "a model with tools": (model, step = strict) =>
    prompt
      .pipe(model.bindTools([add]))
      .pipe(text())
      .pipe(step),
  "a chain in a chain": (model, step = strict) => prompt.pipe(model.pipe(text())).pipe(step),
  "a chain in a function": (model, step = strict) =>
    RunnableLambda.from((input) =>
      prompt
        .pipe(model)
        .pipe(text())
        .pipe(step)
        .invoke(input as never),
    ),
};

const ASKED = { what: "apples" };

async function streamed(chain: Runnable): Promise<unknown> {
  const found: unknown[] = [];
  for await (const item of await chain.stream(ASKED)) found.push(item);
  return found.at(-1);
}
const batched = async (chain: Runnable): Promise<unknown> => (await chain.batch([ASKED]))[0];
const WAYS: Record<string, (chain: Runnable) => Promise<unknown>> = {
  invoke: (chain) => chain.invoke(ASKED),
  stream: streamed,
  batch: batched,
};

const wrapped = (model: StreamingModel) => withReprise(model, createCache({ auditRate: 0 }));

describe.each(Object.entries(CHAINS))("in %s", (_name, make) => {
  it.each(Object.entries(WAYS))(
    "a reply that a later step refused is asked for anew, and the one that it takes is kept: %s",
    async (_way, run) => {
      const model = saying("many", "lots", "7");
      const chain = make(wrapped(model));
      await expect(run(chain)).rejects.toThrow("no number");
      await expect(run(chain)).rejects.toThrow("no number");
      expect([await run(chain), await run(chain)]).toEqual([7, 7]);
      expect(model.calls).toBe(3);
    },
  );

  it("a hit that a later step refuses is not served again", async () => {
    const model = saying("many", "7");
    const ours = wrapped(model);
    expect(await make(ours, (said) => said).invoke(ASKED)).toBe("many");
    await expect(make(ours).invoke(ASKED)).rejects.toThrow("no number");
    expect(await make(ours).invoke(ASKED)).toBe(7);
    expect(model.calls).toBe(2);
  });

  it.each(Object.entries(WAYS))(
    "a reply is not blamed for what fails on the way behind it: %s",
    async (_way, run) => {
      const model = saying("7", "8");
      const ours = wrapped(model);
      await expect(run(make(ours, fails({ status: 503 })))).rejects.toThrow("busy");
      expect(await make(ours).invoke(ASKED)).toBe(7);
    },
  );
});

it("retries of a chain that begins with a prompt recover, as on the bare model", async () => {
  const model = saying("no JSON", '{"n":1}');
  const chain = prompt.pipe(wrapped(model)).pipe(new JsonOutputParser()).withRetry({ stopAfterAttempt: 2 });
  expect(await chain.invoke(ASKED)).toEqual({ n: 1 });
  expect(model.calls).toBe(2);
});

/** Two models in a chain, each with the cache; what the second says is read as a number. */
function inTurn(first: ReturnType<typeof saying>, second: ReturnType<typeof saying>) {
  const cache = createCache({ auditRate: 0 });
  return prompt
    .pipe(withReprise(first, cache, { model: "first" }))
    .pipe(text())
    .pipe(withReprise(second, cache, { model: "second" }))
    .pipe(text())
    .pipe(strict);
}

it("retries after an error of the model ask again, and blame no reply before it", async () => {
  const [first, second] = [saying("seven"), saying(new Error("the line broke"), "7")];
  const chain = inTurn(first, second).withRetry({ stopAfterAttempt: 2 });
  expect(await chain.invoke(ASKED)).toBe(7);
  expect([first.calls, second.calls]).toEqual([1, 2]);
});

it("of two models, the one is asked anew whose reply was read by the step that failed", async () => {
  const [first, second] = [saying("seven"), saying("many", "7")];
  const chain = inTurn(first, second);
  await expect(chain.invoke(ASKED)).rejects.toThrow("no number");
  expect(await chain.invoke(ASKED)).toBe(7);
  expect([first.calls, second.calls]).toEqual([1, 2]);
});

it("a batch rejects the reply that was refused, and no other", async () => {
  const model = new StreamingModel({
    script: ({ messages, index }) => ({
      content: messages[0]?.text.includes("pears") ? "many" : `${index}`,
      ...done(),
    }),
  });
  const ours = wrapped(model);
  const chain = prompt.pipe(ours).pipe(text()).pipe(strict);
  await expect(chain.batch([{ what: "apples" }, { what: "pears" }])).rejects.toThrow("no number");
  const again = async (what: string) => repriseOf(await prompt.pipe(ours).invoke({ what }))?.status;
  expect([await again("apples"), await again("pears")]).toEqual(["hit", "miss"]);
});

it("what fails beside the reply, without reading it, blames nothing", async () => {
  const model = saying("7", "8");
  const ours = wrapped(model);
  const chain = RunnableLambda.from(async (input: { what: string }, config) => {
    const reply = await prompt.pipe(ours).invoke(input, config);
    await RunnableLambda.from(fails({}))
      .invoke("something else", config)
      .catch(() => undefined);
    return reply.text;
  });
  expect([await chain.invoke(ASKED), await chain.invoke(ASKED)]).toEqual(["7", "7"]);
});

it("whoever called the chain hears nothing of it: runs of its own stay without callbacks", async () => {
  await prompt.pipe(wrapped(saying("7"))).invoke(ASKED);
  let callbacks: unknown = "none asked";
  await RunnableLambda.from((_input: string, config) => {
    callbacks = config?.callbacks;
  }).invoke("Hi");
  expect(callbacks).toBeUndefined();
});
