/** How long things took, as quantiles, and as people read them. */

/** Quantiles of a series, in microseconds. */
export interface Timing {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** Quantiles of a series. */
export function quantiles(series: readonly number[]): Timing {
  const sorted = [...series].sort((left, right) => left - right);
  const at = (share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
  return { p50: at(0.5), p99: at(0.99), max: at(1) };
}

/** Microseconds as people read them. */
export function micros(value: number): string {
  if (value < 100) return `${value.toFixed(1)} µs`;
  return value < 10_000 ? `${value.toFixed(0)} µs` : `${(value / 1e3).toFixed(1)} ms`;
}
