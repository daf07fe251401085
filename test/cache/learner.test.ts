import { MessageChannel } from "node:worker_threads";
import { describe, expect, it } from "vitest";
import { Journal } from "../../src/cache/journal.js";
import { Keeper, type KeeperOptions } from "../../src/cache/keeper.js";
import { Learner } from "../../src/cache/learner.js";
import { LetGo } from "../../src/cache/let-go.js";
import { Observation } from "../../src/learn/observation.js";
import { resolveOptions } from "../../src/options.js";
import type { Exchange } from "../../src/tree/knowledge.js";
import { Knowledge } from "../../src/tree/knowledge.js";
import { printKnowledge } from "../../src/tree/print.js";
import type { HostOptions, Port } from "../../src/worker/host.js";
import type { FromWorker, ToWorker } from "../../src/worker/messages.js";
import { openReplica } from "../../src/worker/replica.js";
import { calls, exchangeOf, says, user } from "../support/turns.js";

type Spawn = NonNullable<HostOptions["spawn"]>;

/** A worker of this very thread: messages are cloned as they would be, and come later. */
interface Double extends Port {
  readonly got: ToWorker[];
  emit(event: string, reason: unknown): void;
  terminated: boolean;
}

function double(answer?: (message: ToWorker, reply: (message: FromWorker) => void) => void): Double {
  const { port1, port2 } = new MessageChannel();
  const listeners = new Map<string, (reason: never) => void>();
  const got: ToWorker[] = [];
  port2.on("message", (message: ToWorker) => {
    got.push(message);
    answer?.(message, (reply) => port2.postMessage(reply));
  });
  port1.on("message", (message: FromWorker) => listeners.get("message")?.(message as never));
  const made: Double = {
    got,
    terminated: false,
    postMessage: (message) => port1.postMessage(message),
    on: (event: string, listener: (reason: never) => void) => listeners.set(event, listener),
    emit: (event, reason) => listeners.get(event)?.(reason as never),
    ref() {},
    unref() {},
    async terminate() {
      made.terminated = true;
      port1.close();
    },
  };
  return made;
}

/** A double that learns as the worker does. */
function learning(made: { double?: Double } = {}): Spawn {
  return (settings) => {
    let take: ((message: ToWorker) => void) | undefined;
    made.double = double((message, reply) => {
      take ??= openReplica(structuredClone(settings), reply);
      take(message);
    });
    return made.double;
  };
}

/** A keeper without a store. */
function keeperOf({
  knowledge,
  settings,
  emit,
}: Pick<KeeperOptions, "knowledge" | "settings" | "emit">): Keeper {
  const journal = new Journal({ store: undefined, knowledge, now: settings.now });
  return new Keeper({ knowledge, journal, gone: new LetGo(10), settings, emit });
}

function setUp(spawn?: Spawn, patience?: number) {
  const settings = resolveOptions({ induction: { worker: spawn !== undefined } });
  const knowledge = new Knowledge(settings);
  const told: string[] = [];
  const emit = (name: string, event: object): void =>
    void told.push(`${name} ${Object.values(event).join(" ")}`);
  const keeper = keeperOf({ knowledge, settings, emit });
  const worker = { ...(spawn && { spawn }), ...(patience !== undefined && { patience }) };
  const learner = new Learner({
    knowledge,
    keeper,
    settings,
    emit,
    evaluation: { functions: new Map() },
    worker,
  });
  const observe = (exchange: Exchange): Promise<void> => {
    void keeper.record(exchange);
    return learner.add(new Observation(exchange));
  };
  const templates = (): number => [...knowledge.all()].filter(({ kind }) => kind === "template").length;
  const tree = (): string => printKnowledge(knowledge, (entry) => keeper.standing(entry));
  return { knowledge, keeper, learner, observe, told, templates, tree };
}

const find = (name: string): Exchange =>
  exchangeOf([user(`Find the orders of ${name}, please`)], calls("find", { customer: name }));
const greet = (name: string, food: string): Exchange =>
  exchangeOf([user(`${name} came by and ate ${food} today`)], says(`Hi ${name}`));
const NAMES = ["Ann Marsh", "Raj Patel", "Lena Olsen", "Tom Baker"];

describe("the learner", () => {
  it("learns a scope again at the next erasure, when what was to be learned again was shed", async () => {
    const settings = resolveOptions({ maxQueue: 1 });
    const knowledge = new Knowledge(settings);
    const nothing = (): void => {};
    const keeper = keeperOf({ knowledge, settings, emit: nothing });
    const learner = new Learner({
      knowledge,
      keeper,
      settings,
      emit: nothing,
      evaluation: { functions: new Map() },
    });
    for (const name of NAMES) await keeper.record(find(name));
    learner.relearn(new Set(["s"]));
    // It takes the place of what waits.
    void learner.add(
      new Observation(exchangeOf([user("something else")], calls("look", {}), { scope: "other" })),
    );
    await learner.settled();
    expect(knowledge.scope("s").args.size).toBe(0);
    learner.relearn(new Set(["s"]));
    await learner.settled();
    expect(knowledge.scope("s").args.size).toBeGreaterThan(0);
    await learner.close();
  });
});

describe("an exchange that was recorded again, by another process perhaps", () => {
  for (const where of ["on the thread", "in a worker"]) {
    it(`is still at hand for what is learned ${where}`, async () => {
      const { knowledge, observe, tree, learner } = setUp(where === "in a worker" ? learning() : undefined);
      const ann = greet("Ann", "butter");
      await observe(ann);
      knowledge.add({ ...ann, at: ann.at + 1 });
      await observe(greet("Bob", "salt"));
      expect(tree()).toContain("came by and ate {{");
      await learner.close();
    });
  }
});

describe("the learner with a worker", () => {
  it("applies what the worker finds, and tells it of every change", async () => {
    const made: { double?: Double } = {};
    const { learner, knowledge, keeper, observe, told, templates } = setUp(learning(made));
    for (const name of NAMES) await observe(find(name));
    expect(templates()).toBeGreaterThan(0);
    expect(told.filter((each) => each.startsWith("fault"))).toEqual([]);
    await keeper.erase([...knowledge.all()]);
    knowledge.part("s", "turn", "switch");
    knowledge.unlearn(new Set(["s"]));
    await observe(find("Dina Sanich"));
    const kinds = new Set(
      made.double?.got.flatMap((message) =>
        message.kind === "changes" ? message.changes.map(({ kind }) => kind) : [],
      ),
    );
    expect(kinds).toEqual(new Set(["added", "noted", "removed", "dropped", "parted", "unlearned"]));
    // Only what the last exchange shows by itself is left, there as here.
    const fresh = setUp(learning());
    await fresh.observe(find("Dina Sanich"));
    expect(templates()).toBe(fresh.templates());
    await learner.close();
    expect(made.double?.terminated).toBe(true);
  });

  it("keeps nothing that was learned from an exchange that was erased meanwhile, and has the worker let go of it too", async () => {
    const made: { double?: Double } = {};
    const { keeper, observe, templates } = setUp(learning(made));
    const exchange = find("Ann Marsh");
    const learned = observe(exchange);
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    void keeper.erase([exchange]);
    await learned;
    expect(templates()).toBe(0);
    await observe(exchangeOf([user("something else")], calls("look", {})));
    const removed = made.double?.got
      .flatMap((message) => (message.kind === "changes" ? message.changes : []))
      .filter(({ kind }) => kind === "removed");
    expect(removed?.length).toBeGreaterThan(1);
  });

  it("has the worker let go of what was erased though there is nothing to learn", async () => {
    const made: { double?: Double } = {};
    const { keeper, observe } = setUp(learning(made));
    const exchange = find("Ann Marsh");
    await observe(exchange);
    void keeper.erase([exchange]);
    for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(made.double?.got.at(-1)).toMatchObject({
      kind: "changes",
      changes: expect.arrayContaining([{ kind: "removed", id: exchange.id }]),
    });
  });

  it("says where the worker gave up on what was too much", async () => {
    const { observe, templates, told } = setUp(learning());
    // Signs alone are found by no word: each of these is searched for in all of the text.
    const sign = (index: number): string =>
      index
        .toString(4)
        .padStart(6, "0")
        .replace(/\d/g, (digit) => "+*=~"[Number(digit)] ?? "");
    const signs = Array.from({ length: 2_600 }, (_, index) => ({ sign: sign(index) }));
    await observe(exchangeOf([user(`Set these: ${"x ".repeat(450_000)}`)], calls("set", { values: signs })));
    expect(told).toEqual([expect.stringMatching(/^curtailed flow \d+$/)]);
    expect(templates()).toBe(0);
    await observe(find("Ann Marsh"));
    expect(templates()).toBeGreaterThan(0);
  });

  const broken: [string, Spawn, number | undefined][] = [
    [
      "cannot start",
      () => {
        throw new TypeError("no");
      },
      undefined,
    ],
    [
      "crashes while it starts",
      () => {
        const made = double();
        setImmediate(() => made.emit("error", new RangeError("no")));
        return made;
      },
      undefined,
    ],
    [
      "exits at work",
      () => {
        const made = double((message) => void (message.kind === "learn" && made.emit("exit", 1)));
        return made;
      },
      undefined,
    ],
    ["says nothing any more", () => double(), 20],
    [
      "takes no messages",
      () => ({
        ...double(),
        postMessage() {
          throw new TypeError("no");
        },
      }),
      undefined,
    ],
  ];
  for (const [how, spawn, patience] of broken) {
    it(`goes on without a worker that ${how}, and tells once`, async () => {
      const { learner, observe, told, tree } = setUp(spawn, patience);
      for (const name of ["Erik Dunteman", ...NAMES, ...NAMES]) await observe(find(name));
      await learner.settled();
      expect(told.filter((each) => each.startsWith("fault"))).toEqual([
        expect.stringMatching(/^fault worker (TypeError|RangeError|exit|timeout)$/),
      ]);
      expect(tree()).toContain("Find the orders of {{customer}}, please");
      await learner.close();
    });
  }

  it("has at hand what the worker had when it was lost", async () => {
    const made: { double?: Double } = {};
    const { observe, tree } = setUp(learning(made));
    await observe(greet("Ann", "butter"));
    made.double?.emit("exit", 1);
    // What the two have in common is learned from both.
    await observe(greet("Bob", "salt"));
    expect(tree()).toContain("came by and ate {{");
  });

  it("refuses functions, which cannot be handed to a worker", () => {
    expect(() => resolveOptions({ induction: { worker: true }, functions: { f: () => null } })).toThrow(
      expect.objectContaining({ code: "BAD_OPTION", message: expect.stringContaining("functions") }),
    );
    expect(resolveOptions({ induction: {} }).induction).toEqual({ worker: false });
    expect([
      resolveOptions({ induction: true }).induction,
      resolveOptions({ induction: false }).induction,
    ]).toEqual([{ worker: false }, undefined]);
  });
});
