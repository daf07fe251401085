/** What the examples print about a run: hits, misses and why, model calls saved, time. */
import type { RepriseMetadata } from "reprise/ai-sdk";

/** A step of `generateText` or `streamText`, as far as it is reported. */
export interface ReportedStep {
  readonly text: string;
  readonly toolCalls: readonly { readonly toolName: string; readonly input: unknown }[];
  readonly providerMetadata?: unknown;
}

/** Counts over several runs. */
export class Report {
  private hits = 0;
  private misses = 0;
  private tokens = 0;
  private started = performance.now();

  /** Prints a run's steps, one line each, and the time they took together. */
  print(title: string, steps: readonly ReportedStep[], milliseconds: number): void {
    console.log(`${title}  (${milliseconds.toFixed(0)} ms)`);
    for (const step of steps) {
      const metadata = metadataOf(step);
      if (metadata?.status === "hit") this.hits++;
      else this.misses++;
      this.tokens += (metadata?.saved.inputTokens ?? 0) + (metadata?.saved.outputTokens ?? 0);
      console.log(`  ${verdict(metadata).padEnd(16)} ${said(step)}`);
    }
  }

  /** Prints what all runs came to. */
  summary(modelCalls: number): void {
    const steps = this.hits + this.misses;
    console.log(
      `\n${steps} steps: ${this.hits} hits, ${this.misses} misses; ${modelCalls} model calls, ${steps - modelCalls} saved;` +
        ` ${this.tokens} tokens saved; ${(performance.now() - this.started).toFixed(0)} ms`,
    );
  }
}

function metadataOf(step: ReportedStep): RepriseMetadata | undefined {
  return (step.providerMetadata as { readonly reprise?: RepriseMetadata } | undefined)?.reprise;
}

function verdict(metadata: RepriseMetadata | undefined): string {
  if (!metadata) return "no cache";
  return `${metadata.status} ${metadata.match ?? metadata.reason}`;
}

function said({ text, toolCalls }: ReportedStep): string {
  const calls = toolCalls.map(({ toolName, input }) => `${toolName}(${JSON.stringify(input)})`).join(", ");
  return calls || text;
}
