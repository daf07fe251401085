/**
 * What the demo prints: who answered how many steps, an answer of each, what was saved, and whether any of it
 * was wrong.
 */
import type { RepriseMetadata } from "reprise/ai-sdk";
import type { ReportedStep } from "./report.ts";

interface Run {
  readonly name: string;
  readonly steps: readonly ReportedStep[];
  readonly milliseconds: number;
}

/** Collects the runs of an agent, and what the model alone would have done. */
export class DemoReport {
  private readonly runs: Run[] = [];
  private wrong = 0;

  add(name: string, steps: readonly ReportedStep[], milliseconds: number): void {
    this.runs.push({ name, steps, milliseconds });
  }

  /** Compares a run with the steps that the model alone took. */
  compare(name: string, alone: readonly ReportedStep[]): void {
    const { steps = [] } = this.runs.find((run) => run.name === name) ?? {};
    for (const [index, step] of steps.entries()) {
      const other = alone[index];
      if (isHit(step) && (!other || said(other) !== said(step))) this.wrong++;
    }
  }

  printSteps(): void {
    for (const { name, steps } of this.runs) {
      console.log(name);
      for (const step of steps) console.log(`  ${verdict(step).padEnd(16)} ${said(step)}`);
    }
  }

  printSummary(modelCalls: number): void {
    console.log(
      `${"".padEnd(8)}${"from the model".padStart(16)}${"from reprise".padStart(14)}${"time".padStart(10)}`,
    );
    for (const { name, steps, milliseconds } of this.runs) {
      const hits = steps.filter(isHit).length;
      const counts = `${String(steps.length - hits).padStart(16)}${String(hits).padStart(14)}`;
      console.log(`${name.padEnd(8)}${counts}${`${milliseconds.toFixed(0)} ms`.padStart(10)}`);
    }
    const [first, second] = this.runs;
    console.log(`\nThe model said:    ${last(first)}\nreprise said:      ${last(second)}\n`);
    const all = this.runs.flatMap(({ steps }) => steps);
    const hits = all.filter(isHit);
    const tokens = hits.reduce((sum, step) => sum + saved(step), 0);
    console.log(
      `${all.length} steps, ${modelCalls} model calls, ${all.length - modelCalls} saved, and ${tokens} tokens with them.`,
    );
    console.log(
      `Wrong: ${this.wrong} of ${hits.length}. The model alone, asked the same afterwards, is the judge.`,
    );
  }
}

function metadataOf(step: ReportedStep): RepriseMetadata | undefined {
  return (step.providerMetadata as { readonly reprise?: RepriseMetadata } | undefined)?.reprise;
}

const isHit = (step: ReportedStep): boolean => metadataOf(step)?.status === "hit";
const last = (run: Run | undefined): string => run?.steps.at(-1)?.text ?? "";

function saved(step: ReportedStep): number {
  const { inputTokens, outputTokens } = metadataOf(step)?.saved ?? { inputTokens: 0, outputTokens: 0 };
  return inputTokens + outputTokens;
}

function verdict(step: ReportedStep): string {
  const metadata = metadataOf(step);
  return metadata ? `${metadata.status} ${metadata.match ?? metadata.reason}` : "no cache";
}

function said({ text, toolCalls }: ReportedStep): string {
  return toolCalls.map(({ toolName, input }) => `${toolName}(${JSON.stringify(input)})`).join(", ") || text;
}
