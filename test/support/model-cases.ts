/** Cases for learning with a model: exchanges, what a model says of the first, and what must come of it. */
import type { Agent, CacheOptions, Message, RefusedFor, Reply } from "../../src/index.js";
import type { Step } from "./agent.js";

/** How a variable of the reply follows from others: an expression, or a table's rows. */
type Derived = string | { readonly of: string; readonly rows: Readonly<Record<string, string>> };

/** What a model says, in short. */
export interface Opinion {
  /**
   * Stretches: `m0 Boston = city`, the label, the text and the name. `~` before it: noise. `#2` after the
   * label: the second time the text stands there.
   */
  readonly spans: readonly string[];
  readonly depends?: Readonly<Record<string, readonly string[]>>;
  readonly derive?: Readonly<Record<string, Derived>>;
  readonly conditions?: readonly string[];
  readonly entry?: string;
  /** Of several exchanges, those that are the same work. */
  readonly together?: readonly number[];
}

export interface ModelCase {
  readonly name: string;
  /** The exchange that the model is asked about, and those that are observed before it. */
  readonly before?: readonly Step[];
  readonly about: Step;
  readonly says: Opinion | Readonly<Partial<Record<Agent, unknown>>>;
  readonly comes: "kept" | "nothing" | RefusedFor;
  /** A line of the tree that is there then. */
  readonly learns?: string;
  /** Observed afterwards; then the last is asked, and must be served as it says. */
  readonly after?: readonly Step[];
  /** Asked at the end, and not served. */
  readonly never?: readonly Message[];
  readonly options?: CacheOptions;
}

const SPAN = /^(~?)(\S+?)(?:#(\d+))? ([\s\S]+) = (\w+)$/;

/** The answer of each agent to an opinion. */
export function answersOf(says: ModelCase["says"]): Readonly<Partial<Record<Agent, unknown>>> {
  if (!("spans" in says)) return says as Readonly<Partial<Record<Agent, unknown>>>;
  const { spans, depends = {}, derive = {}, conditions = [], entry, together = [0] } = says as Opinion;
  const read = spans.map((span) => {
    const [, noise, at, nth, text, name] = SPAN.exec(span) ?? [];
    if (!at || !text || !name) throw new TypeError(`no span: ${span}`);
    return { name, span: { at, text, nth: Number(nth ?? 1), use: noise ? "noise" : "data" } };
  });
  const stretches = read.map(({ span }) => span);
  return {
    identify: { spans: stretches },
    merge: { together, spans: stretches },
    name: (input: unknown) => ({
      // As they are numbered in the question: in the order of the conversation.
      names: (input as { stretches: { span: number; at: string; text: string }[] }).stretches.map(
        ({ span, at, text }, index, all) => {
          const before = all.slice(0, index).filter((each) => each.at === at && each.text === text).length;
          const meant = read.filter(({ span: each }) => each.at === at && each.text === text);
          return { span, name: meant[before]?.name ?? "unnamed" };
        },
      ),
    }),
    arrange: {
      depends: Object.entries(depends).map(([variable, on]) => ({ variable, on })),
      entry: entry ?? null,
    },
    derive: {
      derivations: Object.entries(derive).map(([variable, how]) => ({
        variable,
        expression: typeof how === "string" ? how : null,
        table:
          typeof how === "string"
            ? null
            : { of: how.of, rows: Object.entries(how.rows).map(([key, value]) => ({ key, value })) },
      })),
      conditions,
    },
  };
}

/** What an agent answers to a question. */
export function answerTo(says: ModelCase["says"], agent: Agent, input: unknown): unknown {
  const answer = answersOf(says)[agent];
  return typeof answer === "function" ? (answer as (input: unknown) => unknown)(input) : answer;
}

export const reply = (content: string): Reply => ({ role: "assistant", content });

/** A case as docs/induction.md shows it: what each agent said, and what the verifier made of it. */
export function transcript(
  { name, about: [messages, said], says }: ModelCase,
  outcome: readonly string[],
): string {
  const { spans, depends = {}, derive = {}, conditions = [], entry } = says as Opinion;
  const stretches = spans.map((span) => {
    const [, noise, at, nth, text, variable] = SPAN.exec(span) ?? [];
    return `${at}${nth ? `#${nth}` : ""} ${JSON.stringify(text)} is ${variable}${noise ? ", noise" : ""}`;
  });
  const lines: readonly (readonly [string, readonly string[]])[] = [
    [
      "exchange",
      [
        ...messages.map((message) => `${message.role}: ${message.content ?? callsOf(message as Reply)}`),
        `⇒ ${said.content ?? callsOf(said)}`,
      ],
    ],
    ["identify, name", stretches],
    [
      "arrange",
      [
        ...Object.entries(depends).map(([variable, on]) => `${variable} follows from ${on.join(", ")}`),
        ...(entry ? [`an entry: ${entry}`] : []),
      ],
    ],
    [
      "derive",
      [
        ...Object.entries(derive).map(([variable, how]) =>
          typeof how === "string"
            ? `${variable} = ${how}`
            : `${variable} by ${how.of}: ${Object.entries(how.rows)
                .map(([key, value]) => `${key} ${value}`)
                .join(", ")}`,
        ),
        ...conditions.map((condition) => `if ${condition}`),
      ],
    ],
    ["verifier", outcome],
  ];
  return [
    name,
    ...lines.flatMap(([who, all]) =>
      all.map((line, index) => `  ${(index === 0 ? who : "").padEnd(16)}${line}`),
    ),
  ].join("\n");
}

function callsOf({ tool_calls }: Reply): string {
  return (
    tool_calls
      ?.map(({ function: { name, arguments: args } }) => `${name}(${args === "{}" ? "" : args})`)
      .join(" ") ?? ""
  );
}
