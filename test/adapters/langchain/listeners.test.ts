/** Streamed hits beside listeners that work in the background: nobody waits for another's. */
import { BaseCallbackHandler } from "@langchain/core/callbacks/base";
import { awaitAllCallbacks } from "@langchain/core/callbacks/promises";
import type { LLMResult } from "@langchain/core/outputs";
import { createCache } from "reprise";
import { withReprise } from "reprise/langchain";
import { describe, expect, it } from "vitest";
import { done, type Script, StreamingModel } from "./support.js";

const same: Script = () => ({ content: "Blue.", ...done() });

/** Listens in the background, as LangChain's handlers do unless they are told otherwise. */
class Background extends BaseCallbackHandler {
  readonly name = "background";
  override awaitHandlers = false;
  constructor(private readonly onEnd: () => Promise<void>) {
    super();
  }
  override async handleLLMEnd(_output: LLMResult): Promise<void> {
    await this.onEnd();
  }
}

/** The same, as LangGraph's `messages` stream is. */
class Messages extends Background {
  readonly lc_prefer_streaming = true;
}

async function read(model: StreamingModel, callbacks?: BaseCallbackHandler[]): Promise<string> {
  let text = "";
  for await (const chunk of await model.stream("What colour?", callbacks && { callbacks }))
    text += chunk.text;
  return text;
}

describe("a streamed hit", () => {
  it.each([Background, Messages])("does not wait for what others have to do (%o)", async (Handler) => {
    const model = withReprise(new StreamingModel({ script: same }), createCache({ auditRate: 0 }));
    await read(model);
    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    const slow = new Handler(() => held);
    await read(model, [slow]);
    // The queue of the process stands still; a stream that waited for it would never end.
    expect(await read(model, [slow])).toBe("Blue.");
    release();
    await awaitAllCallbacks();
  });

  it.each([Background, Messages])(
    "may be asked for by a listener in the background (%o)",
    async (Handler) => {
      const model = withReprise(new StreamingModel({ script: same }), createCache({ auditRate: 0 }));
      await read(model);
      const { promise: heard, resolve } = Promise.withResolvers<string>();
      let asked = false;
      const asking: BaseCallbackHandler = new Handler(async () => {
        if (asked) return;
        asked = true;
        resolve(await read(model, [asking]));
      });
      await read(model, [asking]);
      expect(await heard).toBe("Blue.");
    },
  );
});
