/** Appends to a store on disk until it is killed; says what it begins (`+`) and what is recorded (`=`). */
import { KeyvSqlite } from "@keyv/sqlite";
import { Keyv } from "keyv";
import { openRecordStore } from "../../src/store/index.ts";

const [, , file = "", life = ""] = process.argv;
const records = openRecordStore({
  keyv: new Keyv({ store: new KeyvSqlite({ uri: `sqlite://${file}`, busyTimeout: 5_000 }) }),
  namespace: "kill",
  onFault: () => undefined,
  deadline: 60_000,
});
for (let n = 0; n < 100_000; n += 3) {
  const ids = [n, n + 1, n + 2].map((number) => `${life}-${number}`);
  process.stdout.write(`+${ids.join(" ")}\n`);
  await Promise.all(
    ids.map((id) => records.append([{ kind: "put", id, at: n, body: { id, text: id.repeat(200) } }])),
  );
  process.stdout.write(`=${ids.join(" ")}\n`);
}
