import { describe, expect, it } from "vitest";
import { ERASURES_KEPT, openLedger, TRIMS_KEPT } from "../../src/store/ledger.js";
import { BRIEFLY, type StoreEvent, TRIMMED } from "../../src/store/records.js";

const HOUR = 3_600_000;

function forget(id: string, at: number, witness?: string): StoreEvent {
  return { kind: "forget", id, at, ...(witness !== undefined && { witness }) };
}

describe("a ledger", () => {
  it("remembers what was trimmed for half a minute, and not longer", () => {
    let time = 0;
    const ledger = openLedger(HOUR, () => time);
    for (let n = 0; n < 10_000; n++) ledger.note(forget(`r-${n}`, time, TRIMMED));
    expect(ledger.remembered()).toBe(10_000);
    time += TRIMS_KEPT;
    ledger.note(forget("later", time, TRIMMED));
    expect(ledger.isForgotten("r-0", 0)).toBe(true);
    expect(ledger.isDead(forget("r-0", 0, TRIMMED))).toBe(false);
    time++;
    ledger.note(forget("last", time, TRIMMED));
    expect(ledger.isForgotten("r-0", 0)).toBe(false);
    expect(ledger.isDead(forget("r-0", 0, TRIMMED))).toBe(true);
    expect(ledger.remembered()).toBe(2);
  });

  it("remembers a user's erasure for thirty days, though the id was put and trimmed again since", () => {
    let time = 0;
    const ledger = openLedger(HOUR, () => time);
    ledger.note(forget("a", 100));
    time = 300;
    ledger.note(forget("a", 300, TRIMMED));
    expect(ledger.isForgotten("a", 200)).toBe(true);
    time = 2 * HOUR;
    ledger.note(forget("b", time, TRIMMED));
    expect(ledger.remembered()).toBe(2);
    expect(ledger.isForgotten("a", 200)).toBe(false);
    expect(ledger.isForgotten("a", 50)).toBe(true);
    expect(ledger.isDead(forget("a", 100))).toBe(false);
    time = ERASURES_KEPT - 1;
    ledger.note(forget("c", time));
    expect(ledger.isForgotten("a", 50)).toBe(true);
  });

  it("remembers for an hour what an erasure names beside its criteria", () => {
    let time = 0;
    const ledger = openLedger(HOUR, () => time);
    ledger.note(forget("a", 0, BRIEFLY));
    time = HOUR;
    ledger.note(forget("b", time, BRIEFLY));
    expect(ledger.isForgotten("a", 0)).toBe(true);
    time++;
    ledger.note(forget("c", time, BRIEFLY));
    expect(ledger.isForgotten("a", 0)).toBe(false);
  });

  it("still holds a put of its own log for dead when the trim is not remembered any more", () => {
    let time = 0;
    const ledger = openLedger(HOUR, () => time);
    const put: StoreEvent = { kind: "put", id: "a", at: 0 };
    ledger.own(put);
    ledger.note(forget("a", 1, TRIMMED));
    time = 2 * HOUR;
    ledger.note(forget("b", time, TRIMMED));
    expect(ledger.isDead(put)).toBe(true);
  });

  it("has the own log swept at once where what was erased was told in words, and never for digests", () => {
    const ledger = openLedger(HOUR, () => 0);
    const agreed = (id: string, witness: string, at = 0): StoreEvent => ({ kind: "agree", id, at, witness });
    ledger.own(agreed("digests", "Zx_9-a"));
    ledger.own(agreed("words", '["approve",0,"Ann","why"]'));
    ledger.note(forget("digests", 1));
    expect(ledger.dying()).toBe(1);
    ledger.note(forget("words", 1));
    expect(ledger.dying()).toBe(Infinity);
    ledger.sweeping();
    expect(ledger.dying()).toBe(2);
    ledger.swept();
    // Erased while it was written.
    ledger.own(agreed("digests", "Zx_9-b"));
    expect(ledger.dying()).toBe(1);
    ledger.own(agreed("words", "more words"));
    expect(ledger.dying()).toBe(Infinity);
    ledger.sweeping();
    // What was said after the erasure stays.
    ledger.own(agreed("words", "other words", 2));
    expect(ledger.dying()).toBe(2);
    ledger.note(forget("words", 3));
    expect(ledger.dying()).toBe(Infinity);
  });
});
