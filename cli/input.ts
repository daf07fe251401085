/** Reads what a command is given: files, standard input, counts and spans of time. */
import { readFileSync } from "node:fs";
import { InvalidArgumentError } from "commander";
import { type Io, Refused } from "./io.js";

/** The text of a file, or of standard input for `-`. Throws `Refused`. */
export async function readText(path: string, io: Io): Promise<string> {
  if (path === "-") return io.stdin();
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new Refused(`${path} cannot be read: ${(error as NodeJS.ErrnoException).code ?? "it is no file"}`);
  }
}

/** A whole number. */
export function whole(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError("It must be a whole number.");
  return Number(text);
}

const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A span of time such as `30d`, in milliseconds. */
export function span(text: string): number {
  const [, count, unit = ""] = /^(\d+)\s*([smhd])$/.exec(text) ?? [];
  const size = UNITS[unit];
  if (count === undefined || size === undefined)
    throw new InvalidArgumentError("It must be a span of time: 90s, 15m, 12h, 30d.");
  return Number(count) * size;
}

/** Options of `createCache` as JSON. */
export function jsonObject(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value))
      return value as Record<string, unknown>;
  } catch {
    // Said below.
  }
  throw new InvalidArgumentError('It must be a JSON object, such as {"minAgreements":3}.');
}
