/** Decides how things are timed and how the results are printed. */
import { micros, quantiles, type Timing } from "../cli/replay/timing.ts";

export { micros, quantiles, type Timing } from "../cli/replay/timing.ts";

/** One measured thing, beside what it has to reach. `value` is printed as it is. */
export interface Row {
  readonly what: string;
  readonly value: string;
  readonly target?: string | undefined;
  readonly met?: boolean | undefined;
}

/** Keeps the optimiser from dropping what is timed. */
export const sink: { last: unknown } = { last: undefined };

/**
 * Times `run` on each input after a warm-up on others. `inputs` makes the input outside the measured time, so
 * that every run can have fresh strings.
 */
export async function time<Input>(
  options: { readonly warmup: number; readonly runs: number },
  inputs: (index: number) => Input | Promise<Input>,
  run: (input: Input) => unknown,
): Promise<Timing> {
  const micros: number[] = [];
  for (let index = 0; index < options.warmup + options.runs; index++) {
    const input = await inputs(index);
    const start = performance.now();
    sink.last = await run(input);
    const took = (performance.now() - start) * 1e3;
    if (index >= options.warmup) micros.push(took);
  }
  return quantiles(micros);
}

/** A timing on one line. */
export function timing({ p50, p99 }: Timing): string {
  return `p50 ${micros(p50)}, p99 ${micros(p99)}`;
}

/** A row with a target that a number must not pass. */
export function atMost(
  what: string,
  {
    measured,
    limit,
    print,
  }: { readonly measured: number; readonly limit: number; readonly print: (value: number) => string },
): Row {
  return { what, value: print(measured), target: `≤ ${print(limit)}`, met: measured <= limit };
}

export const times = (value: number): string => `${value.toFixed(2)} ×`;

/** Prints a titled table. */
export function printTable(title: string, rows: readonly Row[]): void {
  const width = Math.max(...rows.map(({ what }) => what.length));
  const valueWidth = Math.max(...rows.map(({ value }) => value.length));
  console.log(`\n${title}`);
  for (const { what, value, target, met } of rows) {
    const verdict = target === undefined ? "" : `  ${target.padEnd(10)} ${met ? "met" : "MISSED"}`;
    console.log(`  ${what.padEnd(width)}  ${value.padEnd(valueWidth)}${verdict}`.trimEnd());
  }
}

/** The heap after a full collection, in bytes; needs `node --expose-gc`. */
export function heapUsed(): number {
  if (!globalThis.gc) throw new Error("run with node --expose-gc");
  globalThis.gc();
  globalThis.gc();
  return process.memoryUsage().heapUsed;
}
