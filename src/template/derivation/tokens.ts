/** Cuts the text of an expression into tokens. */
import { RepriseError } from "../../errors.js";

export interface Token {
  /** `name` in backticks is never a reserved word. */
  readonly kind: "name" | "quoted-name" | "text" | "number" | "sign" | "end";
  readonly value: string;
  readonly at: number;
}

const SPACE = /\s*/y;
const NAME = /[\p{L}_][\p{L}\p{N}_]*/uy;
const NUMBER = /(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\p{L}\p{N}_])/uy;
const SIGN = /==|!=|<=|>=|[<>+\-*/%^()[\]{},.:]/y;
const QUOTED_END = { '"': /["\\]/g, "`": /[`\\]/g };
const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['"', '"'],
  ["`", "`"],
  ["\\", "\\"],
  ["/", "/"],
  ["b", "\b"],
  ["f", "\f"],
  ["n", "\n"],
  ["r", "\r"],
  ["t", "\t"],
]);

/**
 * All tokens of a text, an `end` token last. Throws `RepriseError` `BAD_EXPRESSION` at a character that
 * starts none.
 */
export function tokenise(text: string): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;

  function match(pattern: RegExp): string | undefined {
    pattern.lastIndex = at;
    return pattern.exec(text)?.[0];
  }

  for (;;) {
    at += match(SPACE)?.length ?? 0;
    if (at >= text.length) break;
    const char = text[at];
    if (char === '"' || char === "`") {
      const [value, next] = readQuoted(text, at, char);
      tokens.push({ kind: char === '"' ? "text" : "quoted-name", value, at });
      at = next;
      continue;
    }
    const name = match(NAME);
    const number = name === undefined ? match(NUMBER) : undefined;
    const value = name ?? number ?? match(SIGN);
    if (value === undefined) throw new RepriseError("BAD_EXPRESSION", `unexpected character at ${at}`);
    tokens.push({ kind: name !== undefined ? "name" : number !== undefined ? "number" : "sign", value, at });
    at += value.length;
  }
  tokens.push({ kind: "end", value: "", at: text.length });
  return tokens;
}

function readQuoted(text: string, start: number, quote: '"' | "`"): [value: string, next: number] {
  const end = QUOTED_END[quote];
  let value = "";
  let at = start + 1;
  for (;;) {
    end.lastIndex = at;
    const stop = end.exec(text);
    if (!stop) throw new RepriseError("BAD_EXPRESSION", `what is quoted at ${start} is never closed`);
    value += text.slice(at, stop.index);
    at = stop.index + 1;
    if (stop[0] === quote) return [value, at];
    const kind = text[at] ?? "";
    const hex = kind === "u" ? /^[\da-f]{4}$/i.exec(text.slice(at + 1, at + 5))?.[0] : undefined;
    const char = hex === undefined ? ESCAPES.get(kind) : String.fromCharCode(Number.parseInt(hex, 16));
    if (char === undefined) throw new RepriseError("BAD_EXPRESSION", `unknown escape at ${at - 1}`);
    value += char;
    at += hex === undefined ? 1 : 5;
  }
}
