/** How a built-in function is declared: its types are checked before it runs, so its body only computes. */
import { type Json, type JsonObject, Numeral } from "../../json.js";
import { type CivilDate, readIsoDate } from "../calendar.js";
import { type Decimal, readDecimal, toInteger } from "../decimal.js";
import { EvaluationFault, type Meter } from "../fault.js";

interface Values {
  text: string;
  /** Text, or a number or boolean by its text. */
  scalar: string;
  number: Decimal;
  integer: number;
  boolean: boolean;
  /** A text `YYYY-MM-DD`. */
  date: CivilDate;
  list: readonly Json[];
  object: JsonObject;
  any: Json;
}

/** A type of the language, as the documentation names it. */
export type TypeName = keyof Values;

/**
 * A parameter: a type, with `?` when it may be left out, with `...` when it stands for all further arguments.
 */
export type Parameter = TypeName | `${TypeName}?` | `${TypeName}...`;

type ValueOf<P> = P extends `${infer T extends TypeName}...`
  ? readonly Values[T][]
  : P extends `${infer T extends TypeName}?`
    ? Values[T] | undefined
    : P extends TypeName
      ? Values[P]
      : never;

type Arguments<P extends readonly Parameter[]> = { readonly [I in keyof P]: ValueOf<P[I]> };

/** A pure function of the language. */
export interface BuiltIn {
  readonly name: string;
  /** How it is called, as documented: `slice(text, from, to?)`. */
  readonly signature: string;
  readonly takes: readonly Parameter[];
  readonly gives: TypeName;
  /** One line saying what it gives and where it faults. */
  readonly summary: string;
  /** An expression and the value it has. */
  readonly example: readonly [expression: string, value: string];
  /** Computes the value. Throws `EvaluationFault`, and nothing else. */
  readonly apply: (args: readonly Json[], meter: Meter) => Json;
  /** Texts are so often said again in this way that it is looked for wherever data flows. */
  readonly isCommon?: true;
}

/** What is said of a function to its readers. */
export type Described = Pick<BuiltIn, "summary" | "example">;

interface Declaration<P extends readonly Parameter[]> extends Described {
  readonly names: string;
  readonly takes: P;
  readonly gives: TypeName;
  readonly apply: (args: Arguments<P>, meter: Meter) => Json;
}

/** Declares a function; `names` are those of its parameters, separated by spaces. */
export function define<const P extends readonly Parameter[]>(
  name: string,
  declaration: Declaration<P>,
): BuiltIn {
  const { names, takes, gives, summary, example, apply } = declaration;
  const labels = names === "" ? [] : names.split(" ");
  const signature = `${name}(${takes.map((type, index) => `${labels[index]}${/\W+$/.exec(type)?.[0] ?? ""}`).join(", ")})`;
  const readers = takes.map((type) => ({
    read: READERS[baseType(type)] as (value: Json) => unknown,
    mark: type.slice(baseType(type).length),
  }));
  const required = readers.filter((reader) => reader.mark === "").length;
  const rest = readers.at(-1)?.mark === "..." ? readers.length - 1 : undefined;

  function check(args: readonly Json[]): Arguments<P> {
    if (args.length < required || (rest === undefined && args.length > readers.length))
      throw new EvaluationFault("arguments");
    const checked: unknown[] = [];
    readers.forEach((reader, index) => {
      if (index === rest) checked.push(args.slice(rest).map(reader.read));
      else checked.push(index < args.length ? reader.read(args[index] as Json) : undefined);
    });
    return checked as unknown as Arguments<P>;
  }

  return {
    name,
    signature,
    takes,
    gives,
    summary,
    example,
    apply: (args, meter) => apply(check(args), meter),
  };
}

/** The type of a parameter without its mark. */
function baseType(parameter: Parameter): TypeName {
  return parameter.replace(/\W+$/, "") as TypeName;
}

const READERS: { readonly [T in TypeName]: (value: Json) => Values[T] } = {
  text: (value) => (typeof value === "string" ? value : fail()),
  scalar: (value) => {
    if (typeof value === "string") return value;
    if (value instanceof Numeral) return value.raw;
    return typeof value === "boolean" ? String(value) : fail();
  },
  number: readNumber,
  integer: (value) => toInteger(readNumber(value)) ?? fail(),
  boolean: (value) => (typeof value === "boolean" ? value : fail()),
  date: (value) => (typeof value === "string" ? readIsoDate(value) : undefined) ?? fail(),
  list: (value) => (Array.isArray(value) ? value : fail()),
  object: (value) => (value instanceof Map ? value : fail()),
  any: (value) => value,
};

function readNumber(value: Json): Decimal {
  return (value instanceof Numeral ? readDecimal(value.raw) : undefined) ?? fail();
}

function fail(): never {
  throw new EvaluationFault("type");
}
