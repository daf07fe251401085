/**
 * A process of a fleet that hands induction over by BullMQ on PostgreSQL or Redis, as docs/scale.md shows it.
 * A `server` answers the lines `observe NAME`, `again NAME` (the same job once more, under another id),
 * `poison` and `ask NAME`; a `worker` tells of each job it begins.
 */
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { createClient } from "@keyv/redis";
import { createPostgresBackend, Queue, setDefaultBackendFactory, Worker } from "bullmq";
import { createCache } from "../../src/index.ts";
import { postgres, redis } from "../../src/stores/index.ts";

const [, , role = "", url = "", name = "", slow = ""] = process.argv;
const isOnRedis = url.startsWith("redis:");
if (!isOnRedis) setDefaultBackendFactory(createPostgresBackend);
const client = isOnRedis && createClient({ url });
if (client) client.on("error", (error) => process.stderr.write(`${error.message}\n`));
if (client) await client.connect();
const queues = client
  ? { connection: client, prefix: name }
  : { connection: { connectionString: url, schema: name } };
const say = (line) => process.stdout.write(`${line}\n`);
const common = {
  store: isOnRedis ? redis(url) : postgres(url, { table: name }),
  namespace: name,
  auditRate: 0,
};

if (role === "worker") {
  const cache = createCache({ ...common, pollInterval: 500 });
  cache.on("fault", (fault) => say(`fault ${JSON.stringify(fault)}`));
  const work = async ({ data }) => {
    say(`begins ${data.exchange}`);
    if (slow !== "") await sleep(Number(slow));
    if (!(await cache.learn(data.exchange))) throw new Error("there is no such exchange");
  };
  const worker = new Worker("learn", work, {
    ...queues,
    lockDuration: 2_000,
    stalledInterval: 1_000,
    maxStalledCount: 10,
  });
  worker.on("error", (error) => say(`error ${error.message}`));
  say("ready");
} else {
  const cache = createCache({ ...common, pollInterval: 200, induction: { worker: false, elsewhere: true } });
  const queue = new Queue("learn", queues);
  const hand = (exchange, jobId) =>
    queue.add(
      "learn",
      { exchange },
      { jobId, attempts: 4, backoff: { type: "fixed", delay: 300 }, removeOnComplete: true },
    );
  const handing = [];
  cache.on("observed", ({ exchange }) => exchange && handing.push(hand(exchange, `x-${exchange}`)));
  const ask = (who) => ({ messages: [{ role: "user", content: `find the orders of ${who}` }] });
  const commands = {
    async observe(who) {
      const call = {
        id: "c",
        type: "function",
        function: { name: "find_orders", arguments: JSON.stringify({ customer: who }) },
      };
      await cache.observe(ask(who), { role: "assistant", content: null, tool_calls: [call] });
      await Promise.all(handing);
      return "done";
    },
    async again() {
      const [job] = await Promise.all(handing);
      await hand(job.data.exchange, "twice");
      await hand(job.data.exchange, job.id);
      return "done";
    },
    async poison() {
      await hand("0".repeat(32), "poison");
      return "done";
    },
    async ask(who) {
      const { status, match = "" } = await cache.lookup(ask(who));
      return `${status} ${match}`.trim();
    },
    async jobs() {
      const { waiting, active, delayed } = await queue.getJobCounts();
      const failed = await queue.getFailed();
      return JSON.stringify({
        left: waiting + active + delayed,
        failed: failed.map(({ id, failedReason }) => `${id}: ${failedReason}`),
      });
    },
  };
  say("ready");
  for await (const line of createInterface({ input: process.stdin })) {
    const [command = "", argument = ""] = line.split(" ");
    say(await commands[command](argument));
  }
}
