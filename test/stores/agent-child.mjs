/**
 * An agent without handlers of its own for what goes wrong: observes something new again and again, says how
 * many are recorded, and closes when its standard input ends.
 */
import { createCache } from "../../src/index.ts";
import { postgres, redis, sqlite } from "../../src/stores/index.ts";

const stores = { postgres, redis, sqlite };

const [, , kind = "", where = "", life = ""] = process.argv;

async function source() {
  if (kind !== "keyv-postgres") return stores[kind](where);
  const { KeyvPostgres } = await import("@keyv/postgres");
  const { Keyv } = await import("keyv");
  return new Keyv({ store: new KeyvPostgres({ uri: where }) });
}

const cache = createCache({ store: await source(), namespace: "outage", policy: "exact", pollInterval: 100 });
let over = false;
process.stdin.on("end", () => {
  over = true;
});
process.stdin.resume();
for (let n = 0; !over; n++) {
  await cache.observe(
    { messages: [{ role: "user", content: `${life} ${n}` }] },
    { role: "assistant", content: `reply ${n}` },
  );
  process.stdout.write(`${n}\n`);
  await new Promise((resolve) => setTimeout(resolve, 10));
}
await cache.close();
process.exitCode = 0;
process.stdin.destroy();
if (kind === "keyv-postgres") process.exit(0);
