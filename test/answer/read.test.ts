import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Reading, readRequest } from "../../src/answer/read.js";
import { Recall } from "../../src/answer/recall.js";
import { Knowledge, type Learnt } from "../../src/tree/knowledge.js";
import type { CacheRequest, Message } from "../../src/types.js";
import { learntOf, like, templateOf } from "../support/turns.js";

const template = (...texts: string[]): Learnt => {
  const turns = texts.map((text, index) => ({ ...like(text), role: index % 2 === 0 ? "user" : "assistant" }));
  return learntOf({ ...templateOf(""), turns });
};

const TEMPLATES = [
  template("a {{x}}"),
  template("a {{x}}", "b"),
  template("a {{x}}", "{{y}} b", "{{x}}"),
  template("{{x}}", "{{y}}", "{{z}}"),
  template("c"),
];

const contents = fc.oneof(
  fc.constantFrom("a 1", "a 2", "b", "x b", "1", "c", "a 1 to 2", ""),
  fc.array(fc.record({ type: fc.constantFrom("text", "reasoning"), text: fc.constantFrom("a 1", "b", "") }), {
    maxLength: 2,
  }),
  fc.constantFrom(
    [{ type: "image_url", image_url: { url: "data:1" } }],
    [{ type: "image_url", image_url: { url: "data:2" } }],
    null,
  ),
);

const messages: fc.Arbitrary<Message> = fc.record(
  {
    role: fc.constantFrom("user", "assistant", "tool"),
    content: contents,
    name: fc.constantFrom("ann", "bob"),
    tool_call_id: fc.constantFrom("c1", "c2"),
    tool_calls: fc.array(
      fc.record({
        id: fc.constantFrom("c1", "c2"),
        function: fc.record({
          name: fc.constantFrom("f", "g"),
          arguments: fc.constantFrom("{}", '{"a":1}', '{"a":1.0}', ""),
        }),
      }),
      { maxLength: 2 },
    ),
    is_error: fc.boolean(),
    reasoning_content: fc.constantFrom("hm", ""),
    refusal: fc.constantFrom("no", null),
    id: fc.constantFrom("m1", "m2"),
    extra: fc.constantFrom(1, 2),
  },
  { requiredKeys: ["role", "content"] },
);

type Action =
  | { readonly kind: "append"; readonly messages: readonly Message[] }
  | { readonly kind: "change"; readonly at: number; readonly message: Message }
  | { readonly kind: "mutate"; readonly at: number; readonly message: Message }
  | { readonly kind: "cut"; readonly length: number }
  | { readonly kind: "tree"; readonly template: number }
  | { readonly kind: "bind"; readonly bindings: Record<string, string> };

const actions: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant("append" as const),
      messages: fc.array(messages, { minLength: 1, maxLength: 3 }),
    }),
  },
  fc.record({ kind: fc.constant("change" as const), at: fc.nat(), message: messages }),
  fc.record({ kind: fc.constant("mutate" as const), at: fc.nat(), message: messages }),
  fc.record({ kind: fc.constant("cut" as const), length: fc.nat() }),
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant("tree" as const), template: fc.nat(TEMPLATES.length - 1) }),
  },
  fc.record({
    kind: fc.constant("bind" as const),
    bindings: fc.constantFrom({}, { x: "1" }, { x: "2" }, { y: "x" }),
  }),
);

/** A reading as data that can be compared. */
function told({ turns, chain, states, depth, refusals, busy }: Reading): unknown {
  return {
    turns,
    chain,
    depth,
    busy,
    refusals: [...refusals].sort(),
    states: states.map((state) => [state.node.leaves.map((leaf) => leaf.id), [...state.bindings]]),
  };
}

describe("reading a conversation step by step", () => {
  it("gives what a fresh reading gives, whatever was changed, mutated, cut or learned in between", () => {
    let remembered = 0;
    fc.assert(
      fc.property(fc.array(actions, { maxLength: 25 }), (steps) => {
        const knowledge = new Knowledge({ maxEntries: 100, maxSize: 1e9 });
        const recall = new Recall<Reading>();
        const find = recall.find.bind(recall);
        recall.find = (tag, conversation) => {
          const found = find(tag, conversation);
          if (found) remembered++;
          return found;
        };
        let conversation: Message[] = [{ role: "user", content: "a 1" }];
        let bindings: Record<string, string> = {};
        for (const step of steps) {
          if (step.kind === "append") conversation = [...conversation, ...step.messages];
          else if (step.kind === "change")
            conversation = conversation.map((message, index) =>
              index === step.at % conversation.length ? step.message : message,
            );
          else if (step.kind === "mutate") {
            // The caller changes a message object that was already read.
            const target = conversation[step.at % conversation.length] as unknown as Record<string, unknown>;
            for (const field of Object.keys(target)) delete target[field];
            Object.assign(target, structuredClone(step.message));
          } else if (step.kind === "cut")
            conversation = conversation.slice(0, 1 + (step.length % conversation.length));
          else if (step.kind === "bind") bindings = step.bindings;
          else {
            const learnt = TEMPLATES[step.template] as Learnt;
            if (!knowledge.remove(learnt.id)) knowledge.add(learnt);
          }
          const request: CacheRequest = { messages: conversation, bindings };
          const read = (memory: Recall<Reading>): Reading =>
            readRequest(request, { scope: "s", tree: knowledge.scope("s"), recall: memory, walk: true });
          expect(told(read(recall))).toEqual(told(read(new Recall())));
        }
      }),
      { numRuns: 800 },
    );
    expect(remembered).toBeGreaterThan(200);
  });

  it("reads a remembered prefix no second time", () => {
    const knowledge = new Knowledge({ maxEntries: 10, maxSize: 1e9 });
    const recall = new Recall<Reading>();
    const conversation: Message[] = [
      { role: "user", content: "a 1" },
      { role: "assistant", content: "b" },
    ];
    const first = readRequest(
      { messages: conversation },
      { scope: "s", tree: knowledge.scope("s"), recall, walk: true },
    );
    expect(recall.find("s", [...conversation, { role: "user", content: "c" }])).toEqual({
      value: first,
      length: 2,
    });
    expect(recall.find("t", conversation)).toBeUndefined();
    expect(recall.find("s", [{ role: "user", content: "a 2" }, conversation[1] as Message])).toBeUndefined();
    recall.clear();
    expect(recall.find("s", conversation)).toBeUndefined();
  });

  it("goes on counting the calls of what it remembers", () => {
    const knowledge = new Knowledge({ maxEntries: 10, maxSize: 1e9 });
    const recall = new Recall<Reading>();
    const called = (id: string): Message => ({
      role: "assistant",
      content: null,
      tool_calls: [{ id, type: "function", function: { name: "find", arguments: "{}" } }],
    });
    const gave = (id: string): Message => ({ role: "tool", tool_call_id: id, content: "ok" });
    const whole = [
      { role: "user", content: "a 1" },
      called("x"),
      gave("x"),
      called("y"),
      gave("y"),
      gave("x"),
    ];
    const read = (messages: Message[], memory: Recall<Reading>): Reading =>
      readRequest({ messages }, { scope: "s", tree: knowledge.scope("s"), recall: memory, walk: true });
    for (let length = 1; length < whole.length; length++) read(whole.slice(0, length), recall);
    expect(read(whole, recall).keys).toEqual(read(whole, new Recall()).keys);
    expect(new Set(read(whole, recall).keys).size).toBe(4);
  });

  it("reads a remembered image no second time, and one that was changed in place anew", () => {
    const knowledge = new Knowledge({ maxEntries: 10, maxSize: 1e9 });
    const recall = new Recall<Reading>();
    const picture = (data: unknown) => ({
      type: "file",
      mediaType: "image/png",
      data: { type: "data", data },
    });
    const asked = (part: object): Message[] => [
      { role: "user", content: [{ type: "text", text: "What is it?" }, part as never] },
    ];
    const read = (part: object) =>
      readRequest({ messages: asked(part) }, { scope: "s", tree: knowledge.scope("s"), recall, walk: true });
    const known = (part: object) => recall.find("s", asked(part))?.value;
    const first = read(picture("abc"));
    expect(known(picture("abc"))).toBe(first);
    expect(known(picture("abd"))).toBeUndefined();
    expect(known({ ...picture("abc"), detail: "high" })).toBeUndefined();
    expect(
      known({ type: "file", mediaType: "image/png", data: ["type", "data", "data", "abc"] }),
    ).toBeUndefined();
    const changed = picture("abc");
    changed.data.data = "xyz";
    expect(known(changed)).toBeUndefined();
    // Bytes may be changed where they are: they are read each time.
    const bytes = new Uint8Array([1, 2]);
    const before = read(picture(bytes)).keys;
    bytes[0] = 3;
    expect(known(picture(bytes))).toBeUndefined();
    expect(read(picture(bytes)).keys).not.toEqual(before);
  });

  it("walks the tree when first asked where the conversation leads, and goes on from there", () => {
    const knowledge = new Knowledge({ maxEntries: 10, maxSize: 1e9 });
    knowledge.add(template("a {{x}}", "b"));
    const tree = knowledge.scope("s");
    const { root } = tree;
    let walks = 0;
    const watched = Object.defineProperty({ ...tree }, "root", {
      get: () => {
        walks++;
        return root;
      },
    });
    const recall = new Recall<Reading>();
    const conversation: Message[] = [{ role: "user", content: "a 1" }];
    const read = (messages: Message[]): Reading =>
      readRequest({ messages }, { scope: "s", tree: watched, recall, walk: true });
    const first = read(conversation);
    expect(first.chain.length).toBe(1);
    expect(walks).toBe(0);
    expect([first.depth, first.states.length, walks]).toEqual([1, 1, 1]);
    const longer = [...conversation, { role: "assistant", content: "b" }];
    // What was not asked is passed over, not lost.
    expect(read(longer).turns.length).toBe(2);
    expect(read([...longer, { role: "user", content: "c" }]).depth).toBe(2);
    expect(walks).toBe(1);
    watched.generation++;
    expect(read(longer).depth).toBe(2);
    expect(walks).toBe(2);
  });

  it("remembers a bounded number of conversations", () => {
    const recall = new Recall<number>();
    const say = (text: string): Message[] => [{ role: "user", content: text }];
    for (let index = 0; index < 1_000; index++)
      recall.keep("s", say(`m${index}`), { value: index, before: 0 });
    expect(recall.find("s", say("m999"))?.value).toBe(999);
    expect(recall.find("s", say("m0"))).toBeUndefined();
    const big = (text: string): Message[] => say("x".repeat(10_000_000) + text);
    for (const text of ["a", "b", "c", "d"]) recall.keep("s", big(text), { value: 1, before: 0 });
    expect(["a", "b", "c", "d"].map((text) => recall.find("s", big(text)) !== undefined)).toEqual([
      false,
      true,
      true,
      true,
    ]);
    expect(recall.find("s", say("m999"))).toBeUndefined();
    recall.keep("s", [...say("lost"), ...say("b")], { value: 5, before: 1 });
    expect(recall.find("s", [...say("lost"), ...say("b")])).toBeUndefined();
  });
});
