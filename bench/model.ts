/**
 * What a model adds to learning: `npm run bench:model -- [options] FILE.jsonl[.gz]...`
 *
 * - With files and a key: right, wrong, calls and tokens over each recording, beside those without a model.
 * - `--nothing`: the same with a model that never adds anything, which needs no key: how often one would be asked.
 * - `--oracle`: how soon small agents are served with a model that knows how they work: the most there is to gain.
 */
import { basename } from "node:path";
import { parseArgs } from "node:util";
import OpenAI from "openai";
import { createCache, type InductionModel, type ModelFigures } from "reprise";
import { inducer } from "reprise/openai";
import { readRecording } from "../cli/replay/recordings.js";
import { type Outcome, rehearse } from "../cli/replay/rehearsal.js";
import { randomFrom } from "./corpus.js";
import { AGENTS, oracle, runsOf } from "./model/agents.js";

const USAGE = `npm run bench:model -- [options] FILE.jsonl[.gz]...
  --nothing         a model that never adds anything: how often one would be asked
  --oracle          small agents of its own, with a model that knows how they work
  --limit N         the first N calls of each file
  --model NAME      the model (default: REPRISE_MODEL, or gpt-5-mini), by OPENAI_API_KEY and OPENAI_BASE_URL`;

const UNLIMITED = { callsPerHour: 1e9, tokensPerHour: 1e12, trialCalls: 1e9, maxWaiting: 1e6 };

// Runs of each small agent, and where its parts end.
const RUNS = 40;
const PARTS = [10, 20, RUNS];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    nothing: { type: "boolean", default: false },
    oracle: { type: "boolean", default: false },
    limit: { type: "string" },
    model: { type: "string" },
    help: { type: "boolean", default: false },
  },
});

if (values.help || (!values.oracle && positionals.length === 0)) console.log(USAGE);
else if (values.oracle) await ceiling();
else await compare(values.nothing ? nothingToAdd : provider());

/** Finds nothing, in whatever it is shown. */
async function nothingToAdd({ agent }: Parameters<InductionModel>[0]): ReturnType<InductionModel> {
  return {
    value: agent === "weigh" ? { verdicts: [] } : { spans: [], ...(agent === "merge" && { together: [0] }) },
  };
}

function provider(): InductionModel {
  if (!process.env.OPENAI_API_KEY) {
    console.error("OPENAI_API_KEY is not set; --nothing and --oracle need none");
    process.exit(2);
  }
  return inducer(new OpenAI(), { model: values.model ?? process.env.REPRISE_MODEL ?? "gpt-5-mini" });
}

async function compare(model: InductionModel): Promise<void> {
  console.log(
    "| recording | calls | without: right / wrong | with: right / wrong | asked | model calls | tokens | kept | refused |",
  );
  console.log("|---|---|---|---|---|---|---|---|---|");
  for (const path of positionals) {
    const limit = values.limit === undefined ? undefined : Number(values.limit);
    const calls = readRecording(path).calls.slice(0, limit);
    const without = values.nothing ? undefined : await rehearse(calls, { random: randomFrom(1) });
    let figures: ModelFigures | undefined;
    let asked = 0;
    const played = await rehearse(
      calls,
      { random: randomFrom(1), induction: { ...UNLIMITED, model } },
      {
        onCreated: (cache) => {
          cache.on("consulted", () => void asked++);
        },
        onClosing: (cache) => {
          figures = cache.stats().model;
        },
      },
    );
    const { calls: made = {}, tokens, kept = 0, refused = {} } = figures ?? {};
    const cells = [
      basename(path).replace(/\.jsonl(\.gz)?$/, ""),
      calls.length,
      without ? rates(without) : "–",
      rates(played),
      asked,
      sum(Object.values(made)),
      (tokens?.inputTokens ?? 0) + (tokens?.outputTokens ?? 0),
      kept,
      sum(Object.values(refused)),
    ];
    console.log(`| ${cells.join(" | ")} |`);
  }
}

function rates({ calls, exact, template }: Outcome): string {
  const hits = template.right + template.wrong;
  const share = (part: number, whole: number): string => ((100 * part) / Math.max(1, whole)).toFixed(1);
  return `${share(exact.right + template.right, calls)} % / ${share(template.wrong, hits)} % of ${hits}`;
}

async function ceiling(): Promise<void> {
  console.log(
    `| agent | without: right in runs 1–10, 11–20, 21–${RUNS}; wrong | with the oracle | its calls |`,
  );
  console.log("|---|---|---|---|");
  const sums = { without: [0, 0, 0, 0], with: [0, 0, 0, 0] };
  for (const [name, agent] of Object.entries(AGENTS)) {
    const cells: string[] = [];
    let asked = 0;
    for (const how of ["without", "with"] as const) {
      const counts = [0, 0, 0, 0];
      for (const seed of [1, 2, 3]) {
        const runs = runsOf(agent, RUNS, seed);
        const model = oracle(runs);
        const cache = createCache({
          random: randomFrom(seed),
          ...(how === "with" && { induction: { ...UNLIMITED, concurrency: 1, model } }),
        });
        for (const [index, { messages, reply }] of runs.entries()) {
          const answer = await cache.lookup({ messages });
          if (answer.status === "hit") {
            const isRight =
              JSON.stringify(answer.reply.tool_calls?.map((call) => call.function)) ===
              JSON.stringify(reply.tool_calls?.map((call) => call.function));
            const part = PARTS.findIndex((end) => index < end);
            counts[isRight ? part : 3] = (counts[isRight ? part : 3] ?? 0) + 1;
          }
          if (answer.status !== "hit" || answer.audit) await cache.observe({ messages }, reply);
          await cache.settled();
        }
        asked += sum(Object.values(cache.stats().model?.calls ?? {}));
        await cache.close();
      }
      for (const [part, count] of counts.entries()) sums[how][part] = (sums[how][part] ?? 0) + count;
      cells.push(told(counts, 3));
    }
    console.log(`| ${name} | ${cells.join(" | ")} | ${asked} |`);
  }
  const agents = 3 * Object.keys(AGENTS).length;
  console.log(`| all | ${told(sums.without, agents)} | ${told(sums.with, agents)} | |`);
}

function told(counts: readonly number[], times: number): string {
  const [first = 0, second = 0, third = 0, wrong = 0] = counts;
  const shares = [first / 10, second / 10, third / 20].map(
    (count) => `${Math.round((100 * count) / times)} %`,
  );
  return `${shares.join(", ")}; ${wrong}`;
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}
