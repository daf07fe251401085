/** A process of a fleet: says that it is ready, observes when it is told to, and says that it is done. */
import { once } from "node:events";
import { observe, open, request } from "./store.ts";
import { openPlace, type Place } from "./stores.ts";

const [, , place = "{}", from = "0", count = "0"] = process.argv;
const cache = open(openPlace(JSON.parse(place) as Place), { pollInterval: 1_000 });
await cache.lookup(request(Number(from)));
process.stdout.write("ready");
await once(process.stdin, "data");
await observe(cache, { from: Number(from), count: Number(count), atOnce: 50 });
process.stdout.write("done");
await cache.close();
process.exit(0);
