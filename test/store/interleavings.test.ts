import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { openRecordStore, type RecordStore, type StoredEvent } from "../../src/store/index.js";
import { readAll } from "../../src/testing/read-all.js";
import { faultList, KEYVS, ScriptedStore } from "./scripted-store.js";

type Step = {
  readonly writer: number;
  readonly count: number;
  readonly next: "wait" | "go on" | "read" | "restart";
};

const step: fc.Arbitrary<Step> = fc.record({
  writer: fc.nat(2),
  count: fc.integer({ min: 1, max: 300 }),
  next: fc.constantFrom("wait", "go on", "read", "restart"),
});

const names = (events: readonly StoredEvent[]): string[] =>
  events.map(({ kind, id, at, witness }) => `${kind} ${id} ${at} ${witness}`).sort();

/** What events say: evidence is the same whenever it was seen. */
const said = (events: readonly StoredEvent[]): string[] =>
  [
    ...new Set(events.map(({ kind, id, at, witness }) => `${kind} ${id} ${kind === "put" ? at : witness}`)),
  ].sort();

for (const [version, wrap] of Object.entries(KEYVS)) {
  describe(`several writers on one store, ${version}`, () => {
    it("lose nothing and add nothing, however their appends, reads and restarts mix, and however slow the store is", {
      timeout: 60_000,
    }, async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(step, { maxLength: 25 }),
          fc.infiniteStream(fc.nat(3)),
          async (steps, pauses) => {
            const store = new ScriptedStore();
            store.before = async () => {
              for (let ticks = pauses.next().value ?? 0; ticks > 0; ticks--) await Promise.resolve();
            };
            const { faults, onFault } = faultList();
            const open = (): RecordStore =>
              openRecordStore({ keyv: wrap(store), namespace: "n", onFault, deadline: 60_000 });
            const writers = [open(), open(), open()];
            const appended: StoredEvent[] = [];
            const pending: Promise<void>[] = [];
            const everAppended = (w: number): StoredEvent[] =>
              appended.filter(({ witness }) => witness !== String(w));
            const seen: StoredEvent[][] = [[], [], []];
            let at = 0;
            for (const { writer, count, next } of steps) {
              const events = Array.from({ length: count }, (): StoredEvent => {
                at++;
                // Some ids are shared by all writers; a body depends on the id alone, as content addresses
                // do.
                const id = `id-${at % 50}`;
                return at % 3 === 0
                  ? { kind: "agree", id, at, witness: String(writer) }
                  : { kind: "put", id, at, witness: String(writer), body: { id } };
              });
              appended.push(...events);
              const done = writers[writer]?.append(events) ?? Promise.resolve();
              pending.push(done);
              if (next === "wait") await done;
              if (next === "read") seen[writer]?.push(...(await readAll(writers[writer] as RecordStore)));
              if (next === "restart") {
                await writers[writer]?.close();
                writers[writer] = open();
                seen[writer] = [];
              }
            }
            await Promise.all(pending);
            for (const writer of writers) await readAll(writer);
            const fresh = await readAll(open());
            // A log that was closed may have been taken over: what says the same twice is there once, or in
            // both logs.
            expect(said(fresh)).toEqual(said(appended));
            for (const { kind, id, body } of fresh) expect(body).toEqual(kind === "put" ? { id } : undefined);
            // What a writer saw on the way was appended by somebody, and was given once.
            for (const [w, events] of seen.entries()) {
              const given = names(events);
              if (!steps.some(({ next }) => next === "restart"))
                expect(new Set(given).size).toBe(given.length);
              const known = new Set(
                names(steps.some(({ next }) => next === "restart") ? appended : everAppended(w)),
              );
              expect(given.filter((name) => !known.has(name))).toEqual([]);
            }
            expect(faults).toEqual([]);
            for (const writer of writers) await writer.close();
          },
        ),
        { numRuns: 20 },
      );
    });
  });
}
