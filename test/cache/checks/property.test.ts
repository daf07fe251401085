import fc from "fast-check";
import { expect, it } from "vitest";
import { ask, calls, says, setUp, short } from "../../support/cache.js";

/** What an agent is asked to do, the state of the world, and what the model would do there. */
const step = fc.record({
  window: fc.constantFrom("notes", "mail", "maps", "music"),
  state: fc.constantFrom("open", "closed", "locked"),
  wording: fc.constantFrom("Please click on ", "Now show me "),
});

it("with checks that are exact, no step is replayed in a state in which it was not seen", async () => {
  let replayed = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 5, maxLength: 25 }),
      fc.func(fc.nat({ max: 2 })),
      fc.constantFrom("verified" as const, "eager" as const),
      async (steps, model, policy) => {
        let state = "";
        const check = { capture: () => state, compare: (now: unknown, then: unknown) => now === then };
        const { cache } = setUp({ policy, checks: { click: check, close: check } });
        const seen = new Set<string>();
        for (const { window, wording, state: now } of steps) {
          state = now;
          const request = ask(`${wording}${window}.`);
          const answer = await cache.lookup(request);
          // A step is a call and what it does; its window may be another one each time.
          const tool = answer.status === "hit" ? answer.reply.tool_calls?.[0]?.function.name : undefined;
          if (tool) replayed++;
          // A template may have been learned from one wording, or from all of them together.
          const [asked] = answer.status === "hit" ? (cache.template(answer.template ?? "")?.turns ?? []) : [];
          const isOfAll = asked !== undefined && !asked.startsWith(`user: ${wording}`);
          if (tool) expect(seen).toContain(isOfAll ? `${tool} ${now}` : `${tool} ${wording} ${now}`);
          if (answer.status === "hit") expect(short(answer)).toContain(window);
          else {
            // The model goes by the wording and the state: one of two tools, or it says why not.
            const choice = model(wording, now);
            const called = choice === 0 ? "click" : "close";
            const reply = choice === 2 ? says(`${window} is ${now}.`) : calls(called, { window });
            if (choice !== 2) seen.add(`${called} ${wording} ${now}`).add(`${called} ${now}`);
            await cache.observe(request, reply);
            await cache.settled();
          }
        }
        await cache.close();
      },
    ),
    { numRuns: 15 },
  );
  expect(replayed).toBeGreaterThan(3);
}, 60_000);
