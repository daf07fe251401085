import { Keyv } from "keyv";
import { describe, expect, it, vi } from "vitest";
import { encodeErasure } from "../../src/cache/erasures.js";
import { type Cache, type CacheOptions, createCache } from "../../src/index.js";
import { openRecordStore } from "../../src/store/index.js";
import type { Knowledge } from "../../src/tree/knowledge.js";
import type { CacheRequest } from "../../src/types.js";
import { ScriptedStore } from "../store/scripted-store.js";
import { ask, calls, hitOf, says, short } from "../support/cache.js";

const SECRET = "Wilhelmina";
const EVERYTHING = { namespace: "default" };

/** Several caches on one store, which read it when they are told to, by one clock. */
function fleet(options: CacheOptions = {}) {
  const store = new ScriptedStore();
  const clock = { now: 1_700_000_000_000 };
  const caches: Cache[] = [];
  return {
    store,
    clock,
    join(): Cache {
      const cache = createCache({
        store: new Keyv({ store }),
        pollInterval: 0,
        now: () => clock.now,
        loadDeadline: 60_000,
        ...options,
      });
      caches.push(cache);
      return cache;
    },
    /** Every cache reads what is new, some time later. */
    async later(by = 1_000): Promise<void> {
      clock.now += by;
      for (const cache of caches) await read(cache);
      for (const cache of caches) await cache.settled();
    },
    /** A cache whose process is killed. */
    kill(cache: Cache): void {
      caches.splice(caches.indexOf(cache), 1);
    },
    text: () => JSON.stringify([...store.map]),
  };
}

function read(cache: Cache): Promise<void> {
  return (cache as unknown as { persistence: { read(): Promise<void> } }).persistence.read();
}

const invite = (name: string): CacheRequest => ask(`Please invite ${name} to the party.`);
const invited = (name: string) => calls("invite", { guest: name });
const mail = (name: string): CacheRequest => ask(`Send a mail to ${name} now`);

/** Everything a cache keeps of conversations, as text. */
function heldBy(cache: Cache): string {
  const seen = new Set<unknown>();
  const texts: string[] = [];
  const visit = (value: unknown): void => {
    if (typeof value === "string") texts.push(value);
    if (typeof value !== "object" || value === null || seen.has(value) || value instanceof ScriptedStore)
      return;
    seen.add(value);
    if (value instanceof Map) for (const pair of value) pair.forEach(visit);
    else if (value instanceof Set) value.forEach(visit);
    else for (const key of Reflect.ownKeys(value)) visit((value as Record<PropertyKey, unknown>)[key]);
  };
  visit(cache);
  return texts.join("\n");
}

const KEPT = [
  { by: "all", preload: 5_000 },
  { by: "those who use it", preload: 0 },
];

describe.each(KEPT)("what one process has forgotten, kept by $by", ({ preload }) => {
  it("leaves nothing of what was only asked, whatever was erased", async () => {
    const cache = createCache();
    await cache.observe(mail("Bob"), calls("send", { to: "Bob" }));
    await cache.settled();
    await cache.lookup(mail(SECRET));
    expect(heldBy(cache)).toContain(SECRET);
    await cache.forget(EVERYTHING);
    expect(heldBy(cache)).not.toContain(SECRET);
    await cache.close();
  });

  it("goes from the memory of all others at their next read, and never comes back from there", async () => {
    const { join, later, text } = fleet({ preload });
    const [ada, bob] = [join(), join()];
    for (const name of ["Erik", SECRET, "Ann"]) {
      await bob.observe(invite(name), invited(name));
      await bob.observe(mail(name), calls("mail", { to: name }));
    }
    await later();
    if (preload > 0) expect(heldBy(ada)).toContain(SECRET);
    expect(heldBy(bob)).toContain(SECRET);
    expect(await ada.forget({ tool: "invite" })).toBeGreaterThan(3);
    expect(await ada.forget({ tool: "mail" })).toBeGreaterThan(3);
    await later();
    for (const cache of [ada, bob]) expect(heldBy(cache)).not.toContain(SECRET);
    // Bob goes on learning the same work from others.
    for (const name of ["Bea", "Carl", "Dora", "Emil"]) {
      await bob.observe(invite(name), invited(name));
      await ada.observe(mail(name), calls("mail", { to: name }));
      await later();
    }
    const carl = join();
    expect(short(await carl.lookup(invite(SECRET)))).toMatch(/^(miss|template)/);
    await carl.observe(invite("Frida"), invited("Frida"));
    await later();
    expect(text()).not.toContain(SECRET);
    for (const cache of [ada, bob]) expect(heldBy(cache)).not.toContain(SECRET);
  });

  it("takes what others have recorded since the last read with it", async () => {
    const { join, later, text } = fleet({ preload });
    const [ada, bob] = [join(), join()];
    await later();
    await bob.observe(ask("x"), says(SECRET));
    await bob.settled();
    expect(await ada.forget(EVERYTHING)).toBe(1);
    expect(text()).not.toContain(SECRET);
    await later();
    expect(short(await bob.lookup(ask("x")))).toBe("miss unseen");
    expect(heldBy(bob)).not.toContain(SECRET);
  });

  it("goes alone: its values and wordings are unlearned, and what is like it is still known", async () => {
    const { join, later, text } = fleet({ preload, policy: "eager" });
    const [ada, bob] = [join(), join()];
    await ada.lookup(invite("Bea"));
    for (const name of ["Erik", SECRET, "Ann", "Bea"]) await bob.observe(invite(name), invited(name));
    await later();
    const { template } = hitOf(await ada.lookup(invite(SECRET)));
    for (const cache of [ada, bob]) expect(heldBy(cache)).toContain(SECRET);
    expect(await ada.forget({ template })).toBe(1);
    await later();
    for (const cache of [ada, bob]) {
      expect(heldBy(cache)).not.toContain(SECRET);
      expect(short(await cache.lookup(invite("Erik")))).toBe('exact invite({"guest":"Erik"})');
      expect(short(await cache.lookup(invite("Carl")))).toBe('template invite({"guest":"Carl"})');
    }
    expect(text()).not.toContain(SECRET);
  });

  it("goes from what was answered, and from what callers have said of themselves", async () => {
    const { join, later } = fleet({ preload, policy: "eager", induction: false });
    const [ada, bob] = [join(), join()];
    const greet = (name: string): CacheRequest =>
      ask(`Say hello to ${name}.`, { bindings: { name }, scope: { user: SECRET } });
    for (const name of ["Erik", "Ann"]) await bob.observe(greet(name), says(`Hello ${name}!`));
    await later();
    for (const cache of [ada, bob]) {
      expect(short(await cache.lookup(greet("Bea")))).toBe("template Hello Bea!");
      expect([SECRET, "Bea"].filter((text) => !heldBy(cache).includes(text))).toEqual([]);
    }
    await ada.forget(EVERYTHING);
    await later();
    for (const cache of [ada, bob])
      expect([SECRET, "Bea"].filter((text) => heldBy(cache).includes(text))).toEqual([]);
  });

  it("goes with what was learned of it where nobody has it in memory", async () => {
    const { join, later, text, kill } = fleet({ preload: 0, policy: "eager", induction: false });
    const bob = join();
    await bob.observe(
      ask(`Call ${SECRET} about Ann`, { bindings: { person: "Ann" } }),
      says("Calling them about Ann"),
    );
    const { template } = hitOf(await bob.lookup(ask(`Call ${SECRET} about Ann`)));
    await bob.settled();
    kill(bob);
    const ada = join();
    // Longer ago than clocks are apart: nobody has to look at it again.
    await later(600_000);
    expect(await ada.forget({ template })).toBe(2);
    await later();
    expect(text()).not.toContain(SECRET);
  });

  it("goes from the store though it was written late by a process that has died since", async () => {
    const { join, later, text, store, clock, kill } = fleet({ preload, storeDeadline: 1 });
    const [ada, bob] = [join(), join()];
    await bob.observe(ask("first", { model: "m" }), says("reply"));
    await later();
    store.mode = "down";
    store.affects = (_key, operation) => operation === "set";
    await bob.observe(ask("x", { model: "m" }), says(SECRET));
    store.mode = "up";
    clock.now += 10;
    expect(await ada.forget({ model: "m" })).toBe(1);
    await bob.settled();
    kill(bob);
    expect(text()).toContain(SECRET);
    await later();
    await later();
    expect(text()).not.toContain(SECRET);
    for (const cache of [ada, join()])
      expect(short(await cache.lookup(ask("x", { model: "m" })))).toBe("miss unseen");
  });

  it("keeps templates from counting whose writer has not looked, where who erased it died before it had", async () => {
    const { join, later, store, clock } = fleet({ preload: 5_000, policy: "eager", induction: false });
    const [ada, bob] = [join(), join()];
    await bob.observe(ask("Say hello to Erik.", { bindings: { name: "Erik" } }), says("Hello Erik!"));
    await later();
    const hello = (): Promise<string> => ada.lookup(ask("Say hello to Ann.")).then(short);
    expect(await hello()).toBe("template Hello Ann!");
    const carl = openRecordStore({
      keyv: new Keyv({ store }),
      namespace: "default",
      deadline: 10_000,
      onFault: () => undefined,
    });
    const erasure = { criteria: { model: "m" }, at: clock.now, origin: "carl", number: 1 };
    await carl.append([{ kind: "erase", at: clock.now, ...encodeErasure(erasure) }]);
    await read(ada);
    expect(await hello()).toBe("miss unseen");
    await read(bob);
    await later();
    await later();
    expect(await hello()).toBe("template Hello Ann!");
  });

  it("goes with what people have said of it, out of every log at once", async () => {
    const { join, later, text } = fleet({ preload, induction: false });
    const [ada, bob] = [join(), join()];
    const greet = (name: string) => ask(`Say hello to ${name}.`, { bindings: { name } });
    for (const name of ["Erik", "Ann"]) await bob.observe(greet(name), says(`Hello ${name}!`));
    await ada.lookup(greet("Bea"));
    await later();
    const [{ id } = { id: "" }] = bob.templates();
    await bob.approve(id, { author: "Ann", reason: `as ${SECRET} asked` });
    await later();
    await ada.approve(id, { author: "Bea", reason: `${SECRET} again` });
    expect(text()).toContain(SECRET);
    expect(await ada.forget({ template: id })).toBe(1);
    await later();
    await later();
    expect(text()).not.toContain(SECRET);
    for (const cache of [ada, bob]) expect(heldBy(cache)).not.toContain(SECRET);
    // The others' evidence is not touched.
    expect(short(await join().lookup(greet("Erik")))).toBe("exact Hello Erik!");
  });

  it("takes what another records later, but had learned before, and leaves what it learns after it", async () => {
    const { join, later, text, store, clock } = fleet({ storeDeadline: 1 });
    const [ada, bob] = [join(), join()];
    await bob.observe(ask("first"), says("reply"));
    await later();
    // Bob's writes fail for a while.
    store.mode = "down";
    store.affects = (_key, operation) => operation === "set";
    await bob.observe(ask("x"), says(SECRET));
    store.mode = "up";
    clock.now += 10;
    expect(await ada.forget(EVERYTHING)).toBe(1);
    clock.now += 10;
    await bob.settled();
    await later();
    await later();
    expect(text()).not.toContain(SECRET);
    expect(heldBy(bob)).not.toContain(SECRET);
    await bob.observe(ask("x"), says("anew"));
    await later();
    for (const cache of [ada, bob, join()]) expect(short(await cache.lookup(ask("x")))).toBe("exact anew");
  });

  it("is taken out of templates that hold a word of it, and they alone go", async () => {
    const { join, later, text } = fleet({ preload, policy: "eager", induction: false });
    const [ada, bob] = [join(), join()];
    const greet = (name: string): CacheRequest => ask(`Say hello to ${name}.`, { bindings: { name } });
    await bob.observe(greet("Erik"), says("Hello Erik!"));
    await bob.observe(
      ask(`Call ${SECRET} about Ann`, { bindings: { person: "Ann" } }),
      says("Calling them about Ann"),
    );
    await bob.observe(ask("Ann, what is this call about?"), says("Calling them, Call Ann"));
    await later();
    const { template } = hitOf(await ada.lookup(ask(`Call ${SECRET} about Ann`)));
    expect(short(await ada.lookup(ask(`Call ${SECRET} about Bea`)))).toBe("template Calling them about Bea");
    await ada.forget({ template });
    await later();
    expect(text()).not.toContain(SECRET);
    for (const cache of [ada, bob, join()]) {
      expect(short(await cache.lookup(greet("Ann")))).toBe("template Hello Ann!");
      expect(heldBy(cache)).not.toContain(SECRET);
      expect(short(await cache.lookup(ask(`Call ${SECRET} about Bea`)))).not.toMatch(/^template/);
    }
  });

  it("does not come back by a template that was learned meanwhile by a process that had not heard of it", async () => {
    const { join, later, text, store, clock, kill } = fleet({ preload, policy: "eager" });
    const [ada, bob] = [join(), join()];
    await bob.observe(mail("Ann"), calls("mail", { to: "Ann" }));
    await bob.observe(mail(SECRET), calls("mail", { to: SECRET }));
    await later();
    const { template } = hitOf(await ada.lookup(mail(SECRET)));
    await ada.forget({ template });
    clock.now += 100;
    // What bob learns now may hold it: he has it at hand.
    await bob.observe(
      ask(`Call ${SECRET} about Ann`, { bindings: { person: "Ann" } }),
      says("Calling them about Ann"),
    );
    await bob.settled();
    kill(bob);
    const templates = (): string =>
      [...store.map.values()].filter((value) => /"kind\W+template/.test(String(value))).join("\n");
    expect([text(), templates()].map((held) => held.includes(SECRET))).toEqual([true, true]);
    // The exchange is newer than the erasure, and stays; the template is not trusted, and goes.
    await read(ada);
    expect(short(await ada.lookup(ask(`Call ${SECRET} about Bea`)))).not.toMatch(/^template/);
    clock.now += 11_000;
    await later();
    const carl = join();
    expect(short(await carl.lookup(ask(`Call ${SECRET} about Bea`)))).not.toMatch(/^template/);
    // Nobody has looked at it in time: it has gone from the store as well.
    expect(templates()).not.toContain(SECRET);
  });

  it("does not take the templates with it that its writer has looked at since", async () => {
    const { join, later, clock } = fleet({ preload, policy: "eager" });
    const [ada, bob] = [join(), join()];
    await bob.observe(ask("x"), says(SECRET));
    await later();
    const { template } = hitOf(await ada.lookup(ask("x")));
    await ada.forget({ template });
    clock.now += 100;
    await bob.observe(ask("Say hello to Erik.", { bindings: { name: "Erik" } }), says("Hello Erik!"));
    await bob.settled();
    await read(ada);
    expect(short(await ada.lookup(ask("Say hello to Ann.")))).toBe("miss unseen");
    await later();
    await later();
    clock.now += 60_000;
    await later();
    for (const cache of [ada, bob, join()])
      expect(short(await cache.lookup(ask("Say hello to Ann.")))).toBe("template Hello Ann!");
  });

  it("is erased where a killed process had written it and no log names it", async () => {
    for (const part of [".l.", ".h."]) {
      const { join, later, text, store, kill, clock } = fleet({ storeDeadline: 1 });
      const [ada, bob] = [join(), join()];
      await bob.observe(ask("first"), says("reply"));
      await later();
      let isReached = false;
      store.affects = (key, operation) => {
        const isMeant = operation === "set" && key.includes(part);
        isReached ||= isMeant;
        return isMeant;
      };
      store.mode = "hang";
      await bob.observe(ask("x"), says(SECRET));
      await vi.waitFor(() => expect(isReached).toBe(true), { timeout: 10_000 });
      kill(bob);
      store.mode = "up";
      expect(text()).toContain(SECRET);
      clock.now += 10;
      await ada.forget(EVERYTHING);
      expect([part, text().includes(SECRET)]).toEqual([part, false]);
    }
  });

  it("is not learned from any more, though learning has begun", async () => {
    const { join, later, text, clock } = fleet({ preload, policy: "eager" });
    const [ada, bob] = [join(), join()];
    await bob.observe(invite("Erik"), invited("Erik"));
    await later();
    const observed = bob.observe(invite(SECRET), invited(SECRET));
    clock.now += 10;
    await ada.observe(ask("other"), says("reply"));
    await ada.forget(EVERYTHING);
    await read(bob);
    await observed;
    await later();
    await later();
    expect(text()).not.toContain(SECRET);
    expect(bob.stats().faults).toEqual({});
  });

  it("does not keep from being learned what has nothing to do with it", async () => {
    const { join, later, clock } = fleet({ preload, policy: "eager" });
    const [ada, bob] = [join(), join()];
    await bob.observe(ask("x", { model: "m" }), says(SECRET));
    await later();
    const observed = bob.observe(
      ask("Say hello to Erik.", { bindings: { name: "Erik" } }),
      says("Hello Erik!"),
    );
    clock.now += 10;
    await ada.forget({ model: "m" });
    await read(bob);
    await observed;
    await later();
    await later();
    for (const cache of [ada, bob])
      expect(short(await cache.lookup(ask("Say hello to Ann.")))).toBe("template Hello Ann!");
  });

  it("leaves no evidence when everything is forgotten", async () => {
    const { join, later, store } = fleet({ preload });
    const [ada, bob] = [join(), join()];
    for (const name of ["Erik", "Ann", "Bea", "Carl", "Dora"]) await bob.observe(invite(name), invited(name));
    await later();
    await ada.forget(EVERYTHING);
    await later();
    await later();
    // Logs are swept in the background.
    const segments = () => [...store.map].filter(([key]) => key.includes(".l.")).map(([, value]) => value);
    await vi.waitFor(() => expect(segments().join("")).not.toMatch(/\[[23],/), { timeout: 10_000 });
    const { knowledge } = ada as unknown as { knowledge: Knowledge };
    expect([...knowledge.allEvidence()]).toEqual([]);
  });
});
