import { Keyv } from "keyv";
import { describe, expect, it } from "vitest";
import { type CacheOptions, createCache } from "../../src/index.js";
import { ask, calls, short } from "../support/cache.js";

const find = (name: string) => ask(`find the orders of ${name}`);
const found = (name: string) => calls("find_orders", { customer: name });

function fleet(preload: number) {
  const store = new Keyv();
  return (options: CacheOptions = {}) =>
    createCache({ store, preload, pollInterval: 0, auditRate: 0, loadDeadline: 10_000, ...options });
}

describe.each([5_000, 0])(
  "induction that is done elsewhere, where %i records are read at start",
  (preload) => {
    it("is left to whoever is told the ids, and what it learns is trusted where it was observed", async () => {
      const join = fleet(preload);
      const server = join({ induction: { elsewhere: true }, pollInterval: 20 });
      const ids: string[] = [];
      server.on("observed", ({ exchange }) => exchange !== undefined && void ids.push(exchange));
      for (const name of ["Ann", "Bob", "Cid", "Dan"]) await server.observe(find(name), found(name));
      await server.settled();
      expect([ids.length, server.stats().templates.live]).toEqual([4, 0]);
      const worker = join();
      for (const id of ids) expect(await worker.learn(id)).toBe(true);
      expect(worker.stats().templates.live).toBeGreaterThan(0);
      for (let tries = 0; tries < 100 && server.stats().templates.live === 0; tries++)
        await new Promise((go) => setTimeout(go, 20));
      await server.settled();
      expect(short(await server.lookup(find("Eve")))).toBe('template find_orders({"customer":"Eve"})');
      await Promise.all([server.close(), worker.close()]);
    });

    it("finds what was recorded a moment ago, before it would have been read", async () => {
      const join = fleet(preload);
      const [server, worker] = [join({ induction: { elsewhere: true } }), join()];
      const ids: string[] = [];
      server.on("observed", ({ exchange }) => exchange !== undefined && void ids.push(exchange));
      await worker.settled();
      await server.observe(find("Ann"), found("Ann"));
      expect(await worker.learn(ids[0] ?? "")).toBe(true);
      await Promise.all([server.close(), worker.close()]);
    });

    it("changes nothing when it is done twice, and finds nothing that is not there", async () => {
      const join = fleet(preload);
      const server = join({ induction: { elsewhere: true } });
      const ids: string[] = [];
      server.on("observed", ({ exchange }) => exchange !== undefined && void ids.push(exchange));
      for (const name of ["Ann", "Bob", "Cid"]) await server.observe(find(name), found(name));
      await server.close();
      const worker = join();
      for (const id of ids) await worker.learn(id);
      const known = (): unknown => {
        const { templates, memory } = worker.stats();
        return [templates, memory.arguments, memory.wordings, memory.evidence, worker.printTree()];
      };
      const before = known();
      for (const id of ids) await worker.learn(id);
      expect(known()).toEqual(before);
      expect(await worker.learn("0".repeat(32))).toBe(false);
      await worker.close();
      expect(await worker.learn(ids[0] ?? "")).toBe(false);
    });
  },
);
