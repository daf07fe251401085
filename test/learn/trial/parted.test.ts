import { describe, expect, it } from "vitest";
import type { Message } from "../../../src/types.js";
import { type Step, teach } from "../../support/agent.js";
import { calls, said, says, setUp, user } from "../../support/cache.js";

/** A device is switched on by a call, in these words, and what is said then. */
function switched(question: string, device: string, room: string): Step {
  const call = calls("set_state", { device, room });
  const made = { ...call, tool_calls: (call.tool_calls ?? []).map((each) => ({ ...each, id: "call_1" })) };
  const messages: Message[] = [
    user(question),
    said(made),
    { role: "tool", tool_call_id: "call_1", content: "ok" },
  ];
  return [messages, says(`The ${device} in the ${room} is on.`)];
}

describe("a word of a reply that equals a value", () => {
  it("may be either, as long as nothing tells", async () => {
    const { cache } = setUp();
    await teach(cache, [switched("switch on the fan in the attic", "fan", "attic")]);
    expect(cache.printTree()).toContain('{{device ≡ "fan"}}');
  });

  it("is the value where another template says the same reply with a copy", async () => {
    const { cache } = setUp();
    await teach(cache, [
      switched("heater in the kitchen, please", "heater", "kitchen"),
      switched("I want the garage kettle", "kettle", "garage"),
      switched("switch on the fan in the attic", "fan", "attic"),
    ]);
    expect(cache.printTree()).not.toContain('≡ "fan"');
  });

  it("stays open where the other reply has other words around it", async () => {
    const { cache } = setUp();
    const other = (step: Step): Step => [step[0], says(`It is on now: ${step[1].content}`)];
    await teach(cache, [
      other(switched("heater in the kitchen, please", "heater", "kitchen")),
      other(switched("I want the garage kettle", "kettle", "garage")),
      switched("switch on the fan in the attic", "fan", "attic"),
    ]);
    expect(cache.printTree()).toContain('{{device ≡ "fan"}}');
  });
});
