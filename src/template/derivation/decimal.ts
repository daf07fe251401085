/**
 * Decimal arithmetic on JSON numbers: exact where it can be, and rounded to a stated precision where it
 * cannot.
 */
import { Numeral } from "../json.js";
import { EvaluationFault } from "./fault.js";

/** The number `digits / 10^scale`; `scale` is never negative. */
export interface Decimal {
  readonly digits: bigint;
  readonly scale: number;
}

/** How many significant digits quotients, powers and roots keep. */
const PRECISION = 28;
const MAX_DIGITS = 1_000;
const MAX_EXPONENT = 1_000;
const NUMBER = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;

export const ZERO: Decimal = { digits: 0n, scale: 0 };
const ONE: Decimal = { digits: 1n, scale: 0 };

/**
 * Reads decimal notation, with or without an exponent; `undefined` for other text and for over 1,000 digits.
 */
export function readDecimal(text: string): Decimal | undefined {
  if (text.length > MAX_DIGITS) return undefined;
  const match = NUMBER.exec(text);
  if (!match) return undefined;
  const [, sign = "", whole = "", fraction = "", exponentText = "0"] = match;
  const exponent = Number(exponentText);
  if (Math.abs(exponent) > MAX_EXPONENT) return undefined;
  const digits = BigInt(sign + whole + fraction);
  const scale = fraction.length - exponent;
  return scale >= 0 ? { digits, scale } : { digits: digits * 10n ** BigInt(-scale), scale: 0 };
}

/** Plain notation: no exponent, no trailing zeros, no minus before zero. */
export function printDecimal(value: Decimal): string {
  const { digits, scale } = simplify(value);
  return printScaled(digits, scale);
}

/** Plain notation with exactly `places` decimals, rounded half away from zero. */
export function printFixed(value: Decimal, places: number): string {
  const rounded = roundTo(value, places);
  return printScaled(rounded.digits * 10n ** BigInt(places - rounded.scale), places);
}

export function toNumeral(value: Decimal): Numeral {
  return new Numeral(printDecimal(bounded(value)));
}

export function fromInteger(value: number): Decimal {
  return { digits: BigInt(value), scale: 0 };
}

/** The value as a JavaScript integer, if it is a safe one. */
export function toInteger(value: Decimal): number | undefined {
  const { digits, scale } = simplify(value);
  const number = Number(digits);
  return scale === 0 && Number.isSafeInteger(number) ? number : undefined;
}

export function add(left: Decimal, right: Decimal): Decimal {
  const scale = Math.max(left.scale, right.scale);
  return bounded({ digits: rescale(left, scale) + rescale(right, scale), scale });
}

export function negate(value: Decimal): Decimal {
  return { digits: -value.digits, scale: value.scale };
}

export function subtract(left: Decimal, right: Decimal): Decimal {
  return add(left, negate(right));
}

export function multiply(left: Decimal, right: Decimal): Decimal {
  return bounded({ digits: left.digits * right.digits, scale: left.scale + right.scale });
}

export function compare(left: Decimal, right: Decimal): number {
  const scale = Math.max(left.scale, right.scale);
  const difference = rescale(left, scale) - rescale(right, scale);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

/**
 * The quotient, exact if it has at most 28 significant digits, else rounded to 28. Faults on a zero divisor.
 */
export function divide(left: Decimal, right: Decimal): Decimal {
  if (right.digits === 0n) throw new EvaluationFault("division-by-zero");
  const shift = Math.max(0, PRECISION + 2 + digitCount(right.digits) - digitCount(left.digits));
  const scaled = left.digits * 10n ** BigInt(shift);
  const digits = scaled / right.digits;
  // A remainder is marked in one further digit, so that rounding sees that the quotient goes on.
  const exact = scaled % right.digits === 0n;
  const sign = left.digits < 0n !== right.digits < 0n ? -1n : 1n;
  return significant(
    normalise(exact ? digits : digits * 10n + sign, left.scale - right.scale + shift + (exact ? 0 : 1)),
  );
}

/** The remainder with the sign of the divisor, as in `-7 % 3 == 2`. Faults on a zero divisor. */
export function modulo(left: Decimal, right: Decimal): Decimal {
  if (right.digits === 0n) throw new EvaluationFault("division-by-zero");
  const scale = Math.max(left.scale, right.scale);
  const divisor = rescale(right, scale);
  const rest = rescale(left, scale) % divisor;
  return { digits: rest !== 0n && rest < 0n !== divisor < 0n ? rest + divisor : rest, scale };
}

/**
 * A power: exact to 28 significant digits for whole exponents up to 100,000; 12 significant digits for
 * others. Faults where there is no real value.
 */
export function power(base: Decimal, exponent: Decimal): Decimal {
  const whole = toInteger(exponent);
  if (whole === undefined) return approximatePower(base, exponent);
  if (Math.abs(whole) > 100_000) throw new EvaluationFault("size");
  if (whole < 0) return divide(ONE, wholePower(base, -whole));
  return wholePower(base, whole);
}

/** The square root to 28 significant digits. Faults on a negative number. */
export function squareRoot(value: Decimal): Decimal {
  if (value.digits < 0n) throw new EvaluationFault("range");
  if (value.digits === 0n) return ZERO;
  const shift = Math.max(0, 2 * (PRECISION + 2) - digitCount(value.digits));
  const even = (value.scale + shift) % 2;
  const root = bigintRoot(value.digits * 10n ** BigInt(shift + even));
  const scale = (value.scale + shift + even) / 2;
  return significant({ digits: root, scale });
}

/** Rounds half away from zero to `places` decimals; negative places round to tens, hundreds and so on. */
export function roundTo(value: Decimal, places: number): Decimal {
  if (value.scale <= places) return value;
  const unit = 10n ** BigInt(value.scale - places);
  const half = unit / 2n;
  const digits = (value.digits < 0n ? value.digits - half : value.digits + half) / unit;
  return normalise(digits, places);
}

export function floor(value: Decimal): Decimal {
  const unit = 10n ** BigInt(value.scale);
  const digits = value.digits / unit;
  return { digits: value.digits < 0n && value.digits % unit !== 0n ? digits - 1n : digits, scale: 0 };
}

export function ceil(value: Decimal): Decimal {
  return negate(floor(negate(value)));
}

function rescale(value: Decimal, scale: number): bigint {
  return value.digits * 10n ** BigInt(scale - value.scale);
}

function normalise(digits: bigint, scale: number): Decimal {
  return scale >= 0 ? { digits, scale } : { digits: digits * 10n ** BigInt(-scale), scale: 0 };
}

function simplify(value: Decimal): Decimal {
  let { digits, scale } = value;
  while (scale > 0 && digits % 10n === 0n) {
    digits /= 10n;
    scale--;
  }
  return { digits, scale };
}

function significant(value: Decimal, precision = PRECISION): Decimal {
  const excess = digitCount(value.digits) - precision;
  return bounded(simplify(excess > 0 ? roundTo(value, value.scale - excess) : value));
}

// Everything a later step may be handed is bounded here, so that no chain of steps can grow without limit.
function bounded(value: Decimal): Decimal {
  if (value.scale > MAX_DIGITS || digitCount(value.digits) > MAX_DIGITS) throw new EvaluationFault("size");
  return value;
}

function digitCount(digits: bigint): number {
  return (digits < 0n ? -digits : digits).toString().length;
}

function printScaled(digits: bigint, scale: number): string {
  const sign = digits < 0n ? "-" : "";
  const text = (digits < 0n ? -digits : digits).toString().padStart(scale + 1, "0");
  const split = text.length - scale;
  return scale === 0 ? sign + text : `${sign}${text.slice(0, split)}.${text.slice(split)}`;
}

function wholePower(base: Decimal, exponent: number): Decimal {
  let result = ONE;
  let square = base;
  for (let rest = exponent; rest > 0; rest = Math.floor(rest / 2)) {
    // Squaring with twice the digits kept leaves the last of the 28 digits right.
    if (rest % 2 === 1) result = significant(multiply(result, square), 2 * PRECISION);
    if (rest > 1) square = significant(multiply(square, square), 2 * PRECISION);
  }
  return significant(result);
}

function approximatePower(base: Decimal, exponent: Decimal): Decimal {
  const value = Number(printDecimal(base)) ** Number(printDecimal(exponent));
  if (!Number.isFinite(value)) throw new EvaluationFault("range");
  // Engines may differ in the last digits of a fractional power; twelve are the same everywhere.
  return readDecimal(value.toPrecision(12)) ?? ZERO;
}

function bigintRoot(value: bigint): bigint {
  let guess = 10n ** BigInt(Math.ceil(value.toString().length / 2));
  for (;;) {
    const next = (guess + value / guess) / 2n;
    if (next >= guess) return guess;
    guess = next;
  }
}
