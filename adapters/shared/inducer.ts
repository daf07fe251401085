/** A question of learning put to a chat model: its prompt, its answer, and one attempt to have that repaired. */
import {
  type InductionAnswer,
  type InductionRequest,
  type InductionUsage,
  inductionFault,
  inductionPrompt,
} from "reprise";

/** What a framework sends: constant instructions, and messages of the user and the model in turn. */
export interface Conversation {
  readonly system: string;
  readonly turns: readonly { readonly role: "user" | "assistant"; readonly content: string }[];
}

/** What the model said: parsed by the framework, or as text that holds JSON. */
export interface Said {
  readonly value?: unknown;
  readonly text?: string | undefined;
  readonly usage?: InductionUsage | undefined;
}

/**
 * Asks, reads the answer, and where it is not of the schema says why and asks once more. Rejects only with
 * what `say` rejects with: an answer that stays wrong is given as it is, for the core to refuse.
 */
export async function induced(
  request: InductionRequest,
  say: (conversation: Conversation) => Promise<Said>,
): Promise<InductionAnswer> {
  const { system, user } = inductionPrompt(request);
  const asked = { role: "user", content: user } as const;
  const first = await say({ system, turns: [asked] });
  const value = valueOf(first);
  const fault = inductionFault(request, value);
  if (fault === undefined) return { value, usage: first.usage };
  const second = await say({
    system,
    turns: [
      asked,
      { role: "assistant", content: first.text ?? JSON.stringify(first.value) ?? "" },
      { role: "user", content: `That is not of the schema: ${fault}. Answer again, as the schema says.` },
    ],
  });
  return { value: valueOf(second), usage: both(first.usage, second.usage) };
}

function valueOf({ value, text }: Said): unknown {
  if (value !== undefined && value !== null) return value;
  try {
    // Some models put JSON into a block of Markdown.
    return JSON.parse(/^\s*```(?:json)?\s*([\s\S]*?)\s*```\s*$/.exec(text ?? "")?.[1] ?? text ?? "");
  } catch {
    return undefined;
  }
}

function both(
  left: InductionUsage | undefined,
  right: InductionUsage | undefined,
): InductionUsage | undefined {
  if (!left || !right) return left ?? right;
  return {
    inputTokens: left.inputTokens + right.inputTokens,
    outputTokens: left.outputTokens + right.outputTokens,
  };
}

/** Tokens as far as a provider tells them. */
export function usageOf(inputTokens: unknown, outputTokens: unknown): InductionUsage | undefined {
  return typeof inputTokens === "number" && typeof outputTokens === "number"
    ? { inputTokens, outputTokens }
    : undefined;
}
