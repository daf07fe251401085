/**
 * A process of a fleet. It takes one command a line: `work N` observes N exchanges of which every third has
 * to do with a name that is to be erased, `plain N` the same without it, `forget` erases, `heap FILE` writes
 * down all that is in memory. The name is worked out anew each time, so that it is in memory only where
 * something has kept it.
 */
import { createHash } from "node:crypto";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { writeHeapSnapshot } from "node:v8";
import { createCache } from "../../src/index.ts";
import { postgres, redis, sqlite } from "../../src/stores/index.ts";

const stores = { postgres, redis, sqlite };

const [, , kind = "", where = "", namespace = "", seed = "", life = ""] = process.argv;
const options = kind === "postgres" ? { table: namespace } : {};
const cache = createCache({
  store: stores[kind](where, options),
  namespace,
  pollInterval: 200,
  policy: "eager",
});
let count = 0;

const secret = () => `Q${createHash("sha256").update(seed).digest("hex").slice(0, 15)}`;
const names = ["Erik", "Ann", "Bea", "Carl", "Dora", "Emil", "Frida", "Gustav"];

async function observe(name, tool) {
  const n = count++;
  const wordings = [
    `Send ${name} the report ${n}`,
    `Please send the report ${n} to ${name}.`,
    `${name} wants report ${n}`,
  ];
  const messages = [{ role: "user", content: wordings[n % wordings.length] }];
  const call = {
    id: "call_1",
    type: "function",
    function: { name: tool, arguments: JSON.stringify({ to: name, report: n }) },
  };
  await cache.lookup({ messages });
  await cache.observe({ messages }, { role: "assistant", content: null, tool_calls: [call] });
}

const commands = {
  async work(times) {
    for (let n = 0; n < Number(times); n++) {
      if (n % 3 === 0) await observe(secret(), "send_secret");
      else await observe(names[(n + life.length) % names.length], n % 2 === 0 ? "send_secret" : "send");
      await sleep(2);
    }
  },
  async plain(times) {
    for (let n = 0; n < Number(times); n++) {
      await observe(names[n % names.length], "send");
      await sleep(10);
    }
  },
  async forget() {
    await cache.forget({ tool: "send_secret" });
  },
  async heap(file) {
    await cache.settled();
    writeHeapSnapshot(file);
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const [command = "", argument = ""] = line.split(" ");
  await commands[command](argument);
  process.stdout.write(`${command}\n`);
}
await cache.close();
