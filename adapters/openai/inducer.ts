/** A client of OpenAI's API as a model that helps to learn. */
import { type InductionModel, RepriseError } from "reprise";
import { induced, type Said, usageOf } from "../shared/inducer.js";

/** What it needs of a client: `new OpenAI()` has it, of any recent version. */
export interface ChatClient {
  readonly chat: { readonly completions: { create(body: never, options?: never): PromiseLike<unknown> } };
}

export interface InducerOptions {
  /** The model's name. */
  readonly model: string;
  /** Further fields of the request's body, as the API has them: `reasoning_effort`, say. */
  readonly body?: Readonly<Record<string, unknown>> | undefined;
}

interface Completion {
  readonly choices?: readonly { readonly message?: { readonly content?: string | null } }[];
  readonly usage?: { readonly prompt_tokens?: number; readonly completion_tokens?: number } | null;
}

/**
 * Makes the `model` of `createCache`'s `induction` from an OpenAI client, of OpenAI or of a server that speaks
 * its API. It asks the Chat Completions API for structured output, and once more where the answer is not of
 * the schema. The instructions come first, under a `prompt_cache_key` for each agent.
 *
 * @throws RepriseError `BAD_OPTION` for what is no client, or without a model's name.
 */
export function inducer(client: ChatClient, { model, body }: InducerOptions): InductionModel {
  if (typeof (client as ChatClient | undefined)?.chat?.completions?.create !== "function")
    throw new RepriseError("BAD_OPTION", "inducer: the first argument must be a client of OpenAI's API");
  if (typeof model !== "string" || model === "")
    throw new RepriseError("BAD_OPTION", 'inducer: option "model" must be the name of a model');
  return async (request) => ({
    model,
    ...(await induced(request, async ({ system, turns }): Promise<Said> => {
      const { agent, schema, signal } = request;
      const { choices, usage } = (await client.chat.completions.create(
        {
          ...body,
          model,
          messages: [{ role: "system", content: system }, ...turns],
          response_format: { type: "json_schema", json_schema: { name: agent, schema, strict: true } },
          prompt_cache_key: `reprise-${agent}`,
        } as never,
        { signal } as never,
      )) as Completion;
      return {
        text: choices?.[0]?.message?.content ?? "",
        usage: usageOf(usage?.prompt_tokens, usage?.completion_tokens),
      };
    })),
  });
}
