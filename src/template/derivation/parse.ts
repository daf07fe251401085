/** Reads an expression from its text: `title(split(full_name, " ")[0])`, `a * b + 1`, `result[0].email`. */
import { RepriseError } from "../../errors.js";
import { type Json, Numeral } from "../json.js";
import { type Expression, variable } from "./expression.js";
import { LEVELS, MAX_DEPTH, MAX_LENGTH, OPERATORS, type Operator, RESERVED } from "./syntax.js";
import { type Token, tokenise } from "./tokens.js";

type Called = Operator & { readonly calls: string };

const BY_SIGN: ReadonlyMap<string, Called> = new Map(
  [...OPERATORS].map(([calls, operator]) => [operator.sign, { ...operator, calls }]),
);
const WORDS: ReadonlyMap<string, Json> = new Map<string, Json>([
  ["true", true],
  ["false", false],
  ["null", null],
]);

const NAME = /^[a-z_]\w{0,63}$/i;

/**
 * Parses the text of an expression. Function names and argument counts are not checked here: they are when it
 * is evaluated. Throws `RepriseError` `BAD_EXPRESSION` with the position of what does not fit, or when the
 * text is longer than 65,536 units or nests deeper than 100.
 */
export function parseExpression(text: string): Expression {
  // Most are a variable's name, and reading a store reads many.
  if (NAME.test(text) && !RESERVED.has(text)) return variable(text);
  if (text.length > MAX_LENGTH)
    throw new RepriseError("BAD_EXPRESSION", `an expression of ${text.length} characters is too long`);
  const tokens = tokenise(text);
  const depths = new Map<Expression, number>();
  let index = 0;
  let open = 0;

  function peek(): Token {
    return tokens[Math.min(index, tokens.length - 1)] as Token;
  }

  function unexpected(token: Token): never {
    throw new RepriseError(
      "BAD_EXPRESSION",
      token.kind === "end"
        ? "the expression ends too early"
        : `unexpected ${JSON.stringify(token.value)} at ${token.at}`,
    );
  }

  function isSign(sign: string, token = peek()): boolean {
    return token.kind === "sign" && token.value === sign;
  }

  function take(sign: string): boolean {
    if (!isSign(sign)) return false;
    index++;
    return true;
  }

  function expect(sign: string): void {
    if (!take(sign)) unexpected(peek());
  }

  // Long chains nest on the left without recursion here, so depth is counted on what is built as well.
  function call(name: string, ...args: Expression[]): Expression {
    const depth = 1 + Math.max(0, ...args.map((arg) => depths.get(arg) ?? 1));
    if (depth > MAX_DEPTH) unexpectedDepth();
    const expression: Expression = { kind: "call", name, args };
    depths.set(expression, depth);
    return expression;
  }

  function unexpectedDepth(): never {
    throw new RepriseError("BAD_EXPRESSION", `nests deeper than ${MAX_DEPTH} at ${peek().at}`);
  }

  /** Reads an expression whose operators all bind at least as tightly as `level`. */
  function read(level: number): Expression {
    if (++open > MAX_DEPTH * 2) unexpectedDepth();
    let left = readPrefixed(level);
    for (
      let operator = operatorAt(peek());
      operator && operator.level >= level;
      operator = operatorAt(peek())
    ) {
      index++;
      left = call(operator.calls, left, read(operator.groups === "right" ? LEVELS.sign : operator.level + 1));
      // `a < b < c` has no reading.
      if (operator.groups === "none" && operatorAt(peek())?.groups === "none") unexpected(peek());
    }
    open--;
    return left;
  }

  function readPrefixed(level: number): Expression {
    const token = peek();
    if (token.kind === "name" && token.value === "not") {
      if (level > LEVELS.not) unexpected(token);
      index++;
      return call("not", read(LEVELS.not));
    }
    if (!take("-")) return readPostfix();
    if (level > LEVELS.sign) unexpected(token);
    const number = peek();
    const next = tokens[index + 1] as Token;
    // -5 is a number, but -5 ^ 2 is the negative of a power.
    if (number.kind === "number" && !isSign("^", next) && !isSign("[", next) && !isSign(".", next)) {
      index++;
      return literal(new Numeral(`-${number.value}`));
    }
    return call("negate", read(LEVELS.sign));
  }

  function readPostfix(): Expression {
    let target = readPrimary();
    for (;;) {
      if (take("[")) {
        target = call("get", target, read(LEVELS.or));
        expect("]");
      } else if (take(".")) {
        const key = peek();
        if (key.kind !== "name") unexpected(key);
        index++;
        target = call("get", target, literal(key.value));
      } else {
        return target;
      }
    }
  }

  function readPrimary(): Expression {
    const token = peek();
    index++;
    if (token.kind === "number") return literal(new Numeral(token.value));
    if (token.kind === "text") return literal(token.value);
    if (token.kind === "name" && RESERVED.has(token.value)) {
      const word = WORDS.get(token.value);
      return word === undefined ? unexpected(token) : literal(word);
    }
    if (token.kind === "name" || token.kind === "quoted-name")
      return take("(") ? call(token.value, ...readItems(")")) : variable(token.value);
    if (isSign("(", token)) {
      const inner = read(LEVELS.or);
      expect(")");
      return inner;
    }
    if (isSign("[", token)) {
      const items = readItems("]");
      const values = items.map((item) => (item.kind === "literal" ? item.value : undefined));
      return values.every((value) => value !== undefined) ? literal(values) : call("list", ...items);
    }
    if (isSign("{", token)) return literal(readObject());
    return unexpected(token);
  }

  function readItems(close: string): Expression[] {
    const items: Expression[] = [];
    if (take(close)) return items;
    do items.push(read(LEVELS.or));
    while (take(","));
    expect(close);
    return items;
  }

  function readObject(): Json {
    const object = new Map<string, Json>();
    if (take("}")) return object;
    do {
      const key = peek();
      if (key.kind !== "text" || object.has(key.value)) unexpected(key);
      index++;
      expect(":");
      const start = peek();
      const value = read(LEVELS.or);
      if (value.kind !== "literal")
        throw new RepriseError("BAD_EXPRESSION", `an object holds literals only, at ${start.at}`);
      object.set(key.value, value.value);
    } while (take(","));
    expect("}");
    return object;
  }

  const expression = read(LEVELS.or);
  if (peek().kind !== "end") unexpected(peek());
  return expression;
}

function operatorAt(token: Token): Called | undefined {
  return token.kind === "sign" || token.kind === "name" ? BY_SIGN.get(token.value) : undefined;
}

function literal(value: Json): Expression {
  return { kind: "literal", value };
}
