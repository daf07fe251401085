/** Figures as people read them. */

export const count = (value: number): string => value.toLocaleString("en");

export function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

export function dollars(value: number): string {
  if (value === 0) return "$0";
  return value >= 1 ? `$${value.toFixed(2)}` : `$${Number(value.toPrecision(2))}`;
}

export const moment = (at: number): string => new Date(at).toISOString().slice(0, 19).replace("T", " ");

export const time = (at: number): string => new Date(at).toISOString().slice(11, 19);
