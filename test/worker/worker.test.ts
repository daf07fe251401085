import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { text } from "node:stream/consumers";
import { Worker } from "node:worker_threads";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Cache, CacheOptions, InductionModel } from "../../src/index.js";
import { type Build, build } from "../support/build.js";
import { ask, calls, record, says, short } from "../support/cache.js";
import { answerTo, type Opinion } from "../support/model-cases.js";
import { type Exchange, randomFrom, traffic } from "../support/traffic.js";

let bundle: Build;
let create: (options: CacheOptions) => Cache;

beforeAll(async () => {
  bundle = build("worker");
  ({ createCache: create } = await import(/* @vite-ignore */ bundle.url("index.js")));
}, 60_000);

afterAll(() => bundle.remove());

/** What a cache answers, tells and knows after so much traffic. */
async function run(induction: CacheOptions["induction"], count: number): Promise<unknown> {
  const clock = { now: 1_700_000_000_000 };
  const cache = create({ induction, now: () => clock.now++, random: randomFrom(3) });
  const told = record(cache);
  const random = randomFrom(2);
  const answers: string[] = [];
  const generated = traffic(1);
  for (let index = 0; index < count; index++) {
    const { request, reply } = generated.next().value as Exchange;
    const answer = await cache.lookup(request);
    answers.push(short(answer));
    if (answer.status === "hit" && random() < 0.2)
      await cache.feedback(answer.id, random() < 0.3 ? "bad" : "good");
    await cache.observe(request, reply);
    await cache.settled();
  }
  const { exchanges, templates, memory, faults } = cache.stats();
  const tree = cache.printTree();
  await cache.close();
  // How long a lookup took is no matter of what is known.
  const events = told.map(({ name, event }) => `${name} ${JSON.stringify({ ...event, took: undefined })}`);
  return {
    answers,
    events,
    exchanges,
    templates,
    faults,
    tree,
    known: [memory.arguments, memory.wordings, memory.evidence],
  };
}

describe("learning in a worker", () => {
  it("holds what was said in another state of the world against no template", {
    timeout: 60_000,
  }, async () => {
    let state = "open";
    const check = { capture: () => state, compare: (now: unknown, then: unknown) => now === then };
    const cache = create({ induction: { worker: true }, auditRate: 0, checks: { click: check } });
    const told = record(cache);
    const teach = async (window: string, reply = calls("click", { window })): Promise<void> => {
      await cache.observe(ask(`Please click on ${window} now.`), reply);
      await cache.settled();
    };
    for (const window of ["Files", "Mail", "Notes"]) await teach(window);
    state = "locked";
    await teach("Photos", says("Photos is locked."));
    expect(told.filter(({ name }) => name === "retired")).toEqual([]);
    expect(short(await cache.lookup(ask("Please click on Maps now.")))).toBe("miss environment");
    state = "open";
    expect(short(await cache.lookup(ask("Please click on Maps now.")))).toMatch(/^template click/);
    await cache.close();
  });

  it("asks a model from here, and tries there what it proposes", { timeout: 60_000 }, async () => {
    const opinion: Opinion = {
      spans: ["m0 Norway = country", "reply.city Oslo = city"],
      depends: { city: ["country"] },
      derive: {
        city: { of: "country", rows: { Norway: "Oslo", Peru: "Lima", Kenya: "Nairobi", Italy: "Rome" } },
      },
    };
    const model: InductionModel = async ({ agent, input }) => ({ value: answerTo(opinion, agent, input) });
    const cache = create({ induction: { worker: true, model } });
    const told = record(cache);
    for (const [country, city] of [
      ["Norway", "Oslo"],
      ["Peru", "Lima"],
      ["Kenya", "Nairobi"],
    ]) {
      await cache.observe(ask(`Book a guide in the capital of ${country}`), calls("book", { city }));
      await cache.settled();
    }
    expect(cache.stats().model).toMatchObject({ kept: 1, calls: { identify: 1, derive: 1 } });
    expect(short(await cache.lookup(ask("Book a guide in the capital of Italy")))).toBe(
      'template book({"city":"Rome"})',
    );
    expect(told.filter(({ name }) => name === "fault")).toEqual([]);
    await cache.close();
  });

  it("knows what a person has said of a template, and does not undo it", { timeout: 60_000 }, async () => {
    const cache = create({ induction: { worker: true } });
    const find = (name: string) => cache.observe(ask(`Find ${name} in the list`), calls("find", { name }));
    await find("Nora Lund");
    await cache.settled();
    const id = cache.templates()[0]?.id ?? "";
    await cache.retire(id, { author: "Ann", reason: "no" });
    for (const name of ["Omar Haddad", "Zoe Clarke", "Tom Baker"]) await find(name);
    await cache.settled();
    expect(cache.stats()).toMatchObject({ faults: {}, templates: { live: 0 } });
    await cache.approve(id, { author: "Ben", reason: "yes" });
    expect(short(await cache.lookup(ask("Find Hugo Weber in the list")))).toBe(
      'template find({"name":"Hugo Weber"})',
    );
    await cache.close();
  });

  it("answers, tells and knows what learning on the thread does", { timeout: 120_000 }, async () => {
    const [here, there] = [await run(true, 240), await run({ worker: true }, 240)];
    expect(there).toEqual(here);
    expect(JSON.stringify(here)).toContain("template find_orders");
  });

  it("has what the caller bound when observe resolves, and forgets what it is told to", async () => {
    const cache = create({ policy: "eager", induction: { worker: true } });
    const greet = (name: string) => ask(`Greet ${name}`, { bindings: { name } });
    await cache.observe(greet("Erik"), says("Hello Erik!"));
    expect(short(await cache.lookup(greet("Ann")))).toBe("template Hello Ann!");
    expect(await cache.forget({ namespace: "default" })).toBeGreaterThan(1);
    expect((await cache.lookup(greet("Ann"))).status).toBe("miss");
    await cache.observe(ask("Greet Bob"), says("Hello Bob!"));
    await cache.settled();
    expect(cache.printTree()).not.toContain("Erik");
    await cache.close();
    await cache.close();
  });

  it("has nothing in its memory of what was forgotten, learned from in the meantime or not", {
    timeout: 60_000,
  }, async () => {
    const workers = new Set<Worker>();
    const { postMessage } = Worker.prototype;
    Worker.prototype.postMessage = function (this: Worker, ...message) {
      workers.add(this);
      postMessage.apply(this, message);
    };
    try {
      const cache = create({ policy: "eager", induction: { worker: true } });
      const secret = `Q${createHash("sha256").update("worker").digest("hex").slice(0, 15)}`;
      const names = ["Erik", secret, "Ann", "Bea", secret, "Carl"];
      const send = (name: string, tool: string, count: number): Promise<void> =>
        cache.observe(ask(`Send ${name} the report ${count}`), calls(tool, { to: name, report: count }));
      for (const [count, name] of names.entries()) {
        await send(name, name === secret || count % 2 === 0 ? "send_secret" : "send", count);
        await cache.observe(
          ask(`${name} asks for the report ${count}`),
          calls("send_secret", { to: name, report: count }),
        );
      }
      await cache.settled();
      const [worker] = workers;
      const holds = async (): Promise<boolean> =>
        (await text(await (worker as Worker).getHeapSnapshot())).includes(secret);
      expect(await holds()).toBe(true);
      // One more is being learned from.
      const last = send(secret, "send_secret", 99);
      await cache.forget({ tool: "send_secret" });
      await last;
      for (const [count, name] of ["Dora", "Emil", "Frida"].entries()) await send(name, "send", count);
      await cache.settled();
      expect(await holds()).toBe(false);
      expect(cache.stats().templates.live).toBeGreaterThan(0);
      await cache.close();
    } finally {
      Worker.prototype.postMessage = postMessage;
    }
  });

  it("learns what was loaded, and keeps what it learns, with a store", async () => {
    const { default: Keyv } = await import("keyv");
    const store = new Keyv();
    const find = (name: string) => ask(`find the orders of ${name}`);
    const first = create({ store, induction: { worker: true }, pollInterval: 0 });
    for (const name of ["Ann", "Bob", "Cid", "Dan"])
      await first.observe(find(name), calls("find_orders", { customer: name }));
    await first.close();
    const second = create({ store, induction: { worker: true }, pollInterval: 0, loadDeadline: 10_000 });
    expect(short(await second.lookup(find("Eve")))).toBe('template find_orders({"customer":"Eve"})');
    await second.settled();
    expect(second.stats().memory.arguments?.bytes).toBeGreaterThan(0);
    expect(second.stats().faults).toEqual({});
    await second.close();
  });

  it("does not keep the process alive, neither idle nor at work", () => {
    for (const wait of ["", "await cache.settled();"]) {
      const script = `
        import { createCache } from ${JSON.stringify(bundle.url("index.js"))};
        const cache = createCache({ induction: { worker: true } });
        await cache.observe({ messages: [{ role: "user", content: "hi" }] }, { role: "assistant", content: "hello" });
        ${wait}
        process.on("exit", () => process.stdout.write("gone"));`;
      const out = execFileSync(process.execPath, ["--input-type=module", "-e", script], {
        encoding: "utf8",
        timeout: 15_000,
      });
      expect(out).toBe("gone");
    }
  });
});
