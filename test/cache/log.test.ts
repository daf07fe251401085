import { Writable } from "node:stream";
import { pino } from "pino";
import { describe, expect, it } from "vitest";
import { createCache } from "../../src/index.js";
import { task, teach } from "../support/agent.js";
import { ask, calls, heard, says, setUp } from "../support/cache.js";

const CANARY = "canary-93ac";

/** A pino that writes into a list. */
function pinoTo(lines: string[], level: string) {
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(chunk.toString());
      done();
    },
  });
  return pino({ level }, stream);
}

describe("a logger", () => {
  it("of pino is told what happens: ids, codes and counts, and never what was said", async () => {
    const lines: string[] = [];
    const { cache } = setUp({ logger: pinoTo(lines, "trace"), policy: "eager" });
    await teach(cache, [task(`Find ${CANARY} for me`, calls("find", { name: CANARY }))]);
    await cache.lookup(ask(`Find ${CANARY} for me`));
    await cache.lookup(ask("Anything else"));
    const told = lines.map((line) => JSON.parse(line) as { event: string; msg: string; level: number });
    expect(told.map(({ event }) => event)).toEqual(
      expect.arrayContaining(["observed", "learned", "hit", "miss"]),
    );
    expect(told.find(({ event }) => event === "miss")).toMatchObject({ reason: "unseen", level: 20 });
    expect(told.find(({ event }) => event === "learned")?.level).toBe(30);
    expect(lines.join("")).not.toContain(CANARY);
  });

  it("is told what was said at trace alone, if that is switched on, as redaction leaves it", async () => {
    const options = { logContent: true, redact: (text: string) => text.replaceAll("4711", "····") };
    const [all, less]: [string[], string[]] = [[], []];
    const { cache } = setUp({ logger: pinoTo(all, "trace"), ...options });
    const { cache: quiet } = setUp({ logger: pinoTo(less, "debug"), ...options });
    for (const each of [cache, quiet]) {
      await each.observe(ask(`My pin is 4711, ${CANARY}`), says("Noted"));
      await each.lookup(ask(`My pin is 4711, ${CANARY}`));
    }
    expect(all.join("")).toContain(`My pin is ····, ${CANARY}`);
    expect(all.join("")).not.toContain("4711");
    expect(less.join("")).not.toContain(CANARY);
  });

  it("that throws is survived, and counted", async () => {
    const broken = (): never => {
      throw new Error(CANARY);
    };
    const logger = { trace: broken, debug: broken, info: broken, warn: broken };
    const { cache, told } = setUp({ logger, logContent: true });
    await cache.observe(ask("Hello"), says("Hi"));
    expect((await cache.lookup(ask("Hello"))).status).toBe("hit");
    expect(cache.stats().faults.listener).toBeGreaterThan(0);
    expect(JSON.stringify(heard(told, "fault"))).not.toContain(CANARY);
  });

  it("has pino's methods", () => {
    expect(() => createCache({ logger: { info() {} } as never })).toThrow(/pino's methods/);
  });
});
