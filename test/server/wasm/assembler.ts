/** Modules written byte by byte, as small as what they are to show. */

/** The functions of the host that modules here may call, in this order: their numbers in code. */
const IMPORTS = [
  ["extism:host/env", "alloc", "i64 -> i64"],
  ["extism:host/env", "output_set", "i64 i64 -> "],
  ["extism:host/env", "input_length", " -> i64"],
  ["extism:host/env", "input_offset", " -> i64"],
  ["extism:host/env", "store_u8", "i64 i32 -> "],
] as const;

const TYPES = ["i64 -> i64", "i64 i64 -> ", " -> i64", "i64 i32 -> ", " -> i32", " -> "];
const VALUES: Readonly<Record<string, number>> = { i32: 0x7f, i64: 0x7e };

/** A module's parts. */
export interface Parts {
  /** The code of each exported function, which takes nothing and returns an `i32`. */
  readonly functions?: Readonly<Record<string, readonly number[]>>;
  /** Pages at first, and at most. */
  readonly memory?: readonly [least: number, most?: number];
  /** The code of a function without a result that runs before all others. */
  readonly start?: readonly number[];
  /** Further imports of functions without arguments and result. */
  readonly imports?: readonly (readonly [module: string, name: string])[];
}

/** The module. */
export function assemble({ functions = {}, memory, start, imports = [] }: Parts): Uint8Array {
  const all = [...IMPORTS, ...imports.map(([module, name]) => [module, name, " -> "] as const)];
  const bodies = [...Object.values(functions), ...(start ? [start] : [])];
  const kinds = [...Object.keys(functions).map(() => " -> i32"), ...(start ? [" -> "] : [])];
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, list(TYPES.map(type))),
    ...section(
      2,
      list(all.map(([module, name, of]) => [...text(module), ...text(name), 0, TYPES.indexOf(of)])),
    ),
    ...section(3, list(kinds.map((of) => [TYPES.indexOf(of)]))),
    ...(memory
      ? section(
          5,
          list([
            memory[1] === undefined
              ? [0, ...number(memory[0])]
              : [1, ...memory.flatMap((of) => number(of ?? 0))],
          ]),
        )
      : []),
    ...section(
      7,
      list(Object.keys(functions).map((name, index) => [...text(name), 0, ...number(all.length + index)])),
    ),
    ...(start ? section(8, number(all.length + bodies.length - 1)) : []),
    ...section(10, list(bodies.map((code) => [...number(code.length + 2), 0, ...code, 0x0b]))),
  ]);
}

const type = (written: string): number[] => {
  const [given = "", returned = ""] = written.split("->").map((side) => side.trim());
  const values = (side: string): number[][] =>
    side === "" ? [] : side.split(" ").map((name) => [VALUES[name] ?? 0]);
  return [0x60, ...list(values(given)), ...list(values(returned))];
};
const list = (items: readonly (readonly number[])[]): number[] => [...number(items.length), ...items.flat()];
const section = (id: number, body: readonly number[]): number[] => [id, ...number(body.length), ...body];
const text = (written: string): number[] => [...number(written.length), ...Buffer.from(written)];
const number = (value: number): number[] =>
  value < 128 ? [value] : [(value % 128) | 0x80, ...number(value >> 7)];

// Code, with a little of the instruction set.
export const ZERO = [0x41, 0x00];
/** Goes round for ever. */
export const LOOP = [0x03, 0x40, 0x0c, 0x00, 0x0b, ...ZERO];
export const TRAP = [0x00];
/** Takes a page more until there is none, and traps then. */
export const GROW = [0x03, 0x40, 0x41, 0x01, 0x40, 0x00, 0x41, 0x7f, 0x47, 0x0d, 0x00, 0x0b, 0x00];
/** Asks the host for 64 KB more for ever. */
export const ALLOC = [0x03, 0x40, 0x42, 0x80, 0x80, 0x04, 0x10, 0x00, 0x1a, 0x0c, 0x00, 0x0b, ...ZERO];
/** Returns what it was handed. */
export const ECHO = [0x10, 0x03, 0x10, 0x02, 0x10, 0x01, ...ZERO];
/** Returns one NUL: no JSON. */
export const NO_JSON = [0x42, 0x01, 0x10, 0x00, 0x42, 0x01, 0x10, 0x01, ...ZERO];
/** Says nothing. */
export const SILENT = ZERO;
