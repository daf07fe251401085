import { describe, expect, it } from "vitest";
import type { Message, Reply } from "../../../src/types.js";
import { calls, result, says, setUp, user } from "../../support/cache.js";

const TOPICS = [
  "the late delivery of chairs",
  "a lamp that hums",
  "our new address",
  "two broken cups",
  "the wrong colour",
  "a missing key",
];
const PEOPLE = ["Ann", "Kenji", "Priya", "Omar", "Zoe", "Lea"];

/**
 * A call with somebody about something: first the person is found, then the topic goes into the invitation.
 */
function run(index: number): readonly (readonly [Reply, string?])[] {
  const [name, topic] = [PEOPLE[index] as string, TOPICS[index] as string];
  return [
    [calls("find_person", { name }), JSON.stringify({ name, email: `${name.toLowerCase()}@team.example` })],
    [calls("invite", { title: topic, attendee: `${name.toLowerCase()}@team.example` }), "invited"],
    [says(`${name} is invited to talk about ${topic}.`)],
  ];
}

/** In which run the first step is served first; of each run so many steps are observed. */
async function firstServed(steps: number): Promise<number> {
  const { cache } = setUp();
  for (const index of PEOPLE.keys()) {
    const messages: Message[] = [user(`I want to talk to ${PEOPLE[index]} about ${TOPICS[index]} soon.`)];
    if ((await cache.lookup({ messages })).status === "hit") return index;
    for (const [reply, told] of run(index).slice(0, steps)) {
      await cache.observe({ messages: [...messages] }, reply, {
        finishReason: reply.tool_calls ? "tool_calls" : "stop",
      });
      await cache.settled();
      messages.push(reply as Message, ...(told === undefined ? [] : [result(told)]));
    }
  }
  return PEOPLE.length;
}

describe("a value that a step leaves aside", () => {
  it("is no doubt about it once a later step has used it", async () => {
    const alone = await firstServed(1);
    const whole = await firstServed(3);
    expect(whole).toBeLessThanOrEqual(4);
    expect(whole).toBeLessThan(alone);
  });
});
