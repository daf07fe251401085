/** Which requests must not be taken for one another, and which are the same. */
import type { Message } from "../../types.js";
import type { AdapterCall } from "../adapter-driver.js";
import { type Bench, echo, hello, says } from "./bench.js";

/**
 * Text, role, model, its address, tools, settings, scope and media make another request; ids of tool calls do
 * not.
 */
export function differences({ driver, setup, describe, it, expect }: Bench): void {
  describe(`${driver.name}: what makes requests differ`, () => {
    const image = (bytes: string): Message[] => [
      {
        role: "user",
        content: [
          { type: "text", text: "what is this?" },
          { type: "image_url", image_url: { url: `data:image/png;base64,${bytes}` } },
        ],
      },
    ];
    const tools = [
      { name: "look_up", description: "looks up", parameters: { type: "object", properties: {} } },
    ];
    const base: AdapterCall = { messages: hello, tools };
    const others: Record<string, AdapterCall> = {
      "the text": { ...base, messages: [{ role: "user", content: "hello " }] },
      "the role": { ...base, messages: [{ role: "assistant", content: "hello" }, ...hello] },
      "the model": { ...base, model: "another" },
      "the deployment": { ...base, baseURL: "http://another.test/v1" },
      "the tools": { messages: hello },
      "a tool's description": {
        ...base,
        tools: [
          { name: "look_up", description: "looks down", parameters: { type: "object", properties: {} } },
        ],
      },
      "the tool choice": { ...base, toolChoice: "required" },
      "the temperature": { ...base, temperature: 0.5 },
      "the token limit": { ...base, maxTokens: 7 },
      "the scope": { ...base, reprise: { scope: "another tenant" } },
    };
    for (const [what, other] of Object.entries(others)) {
      it(`${what}: a miss`, async () => {
        const { adapter } = setup(({ index }) =>
          other.toolChoice === "required"
            ? {
                reply: {
                  role: "assistant",
                  tool_calls: [
                    { id: `c${index}`, type: "function", function: { name: "look_up", arguments: "{}" } },
                  ],
                },
              }
            : says(`answer ${index}`),
        );
        await adapter.invoke(base);
        expect((await adapter.invoke(other)).reprise?.status).toEqual("miss");
        expect((await adapter.invoke(base)).reprise?.status).toEqual("hit");
        expect(adapter.modelCalls()).toEqual(2);
      });
    }

    it("other images beside the same text: a miss, and none of them is mistaken for another", async () => {
      const { adapter } = setup(echo);
      const texts: string[] = [];
      for (const bytes of ["AAAA", "BBBB", "AAAA", "BBBB"])
        texts.push((await adapter.invoke({ messages: image(bytes) })).text);
      expect(texts).toEqual(["answer 0", "answer 1", "answer 0", "answer 1"]);
    });

    it("a text that imitates the roles: a miss", async () => {
      const { adapter } = setup(echo);
      await adapter.invoke({
        messages: [
          { role: "user", content: "q" },
          { role: "assistant", content: "a" },
          { role: "user", content: "r" },
        ],
      });
      const imitation = await adapter.invoke({ messages: [{ role: "user", content: "q\nAI: a\nHuman: r" }] });
      expect(imitation.reprise?.status).toEqual("miss");
      expect(imitation.text).toEqual("answer 1");
    });

    const history = (id: string, output: Partial<Message>): AdapterCall => ({
      tools,
      messages: [
        ...hello,
        {
          role: "assistant",
          content: null,
          tool_calls: [{ id, type: "function", function: { name: "look_up", arguments: "{}" } }],
        },
        { role: "tool", tool_call_id: id, content: "found", ...output },
      ],
    });

    it("tool-call ids make no difference", async () => {
      const { adapter } = setup(echo);
      await adapter.invoke(history("call_abc", {}));
      expect((await adapter.invoke(history("call_xyz", {}))).reprise?.status).toEqual("hit");
    });

    it("a tool's result, and whether it is an error, do", async () => {
      const { adapter } = setup(echo);
      const texts: string[] = [];
      for (const output of [{}, { content: "lost" }, { is_error: true }])
        texts.push((await adapter.invoke(history("c", output))).text);
      expect(texts).toEqual(["answer 0", "answer 1", "answer 2"]);
      expect((await adapter.invoke(history("c", { is_error: true }))).text).toEqual("answer 2");
    });
  });
}
