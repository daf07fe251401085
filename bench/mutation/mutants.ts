/**
 * Which small changes of the sources a test should notice, and the sources with all of them built in, each to
 * be switched on alone.
 */
import ts from "typescript";

/** One change of one place. */
export interface Mutant {
  readonly id: number;
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** What stood there, and what stands there instead. */
  readonly was: string;
  readonly is: string;
}

/** A source with its mutants built in: `__mutant(id)` says whether one is switched on. */
export interface Mutated {
  readonly code: string;
  readonly mutants: readonly Mutant[];
}

const BOUNDARIES: ReadonlyMap<ts.SyntaxKind, string> = new Map([
  [ts.SyntaxKind.LessThanToken, "<="],
  [ts.SyntaxKind.LessThanEqualsToken, "<"],
  [ts.SyntaxKind.GreaterThanToken, ">="],
  [ts.SyntaxKind.GreaterThanEqualsToken, ">"],
]);
const OPPOSITES: ReadonlyMap<ts.SyntaxKind, string> = new Map([
  [ts.SyntaxKind.EqualsEqualsEqualsToken, "!=="],
  [ts.SyntaxKind.ExclamationEqualsEqualsToken, "==="],
  [ts.SyntaxKind.MinusToken, "+"],
  [ts.SyntaxKind.AsteriskToken, "/"],
  [ts.SyntaxKind.SlashToken, "*"],
]);
const METHODS: ReadonlyMap<string, string> = new Map([
  ["some", "every"],
  ["every", "some"],
  ["min", "max"],
  ["max", "min"],
  // Takes everything, or tells a list from its beginning.
  ["filter", "slice"],
]);
const LOGICAL: ReadonlySet<ts.SyntaxKind> = new Set([
  ts.SyntaxKind.AmpersandAmpersandToken,
  ts.SyntaxKind.BarBarToken,
  ts.SyntaxKind.QuestionQuestionToken,
]);

// What only decides when others get their turn, or how much memory something is thought to take: no test of
// behaviour sees it.
const UNSEEN = /\bpace\.|\bgrown?\b|ENTRY_SIZE|\bsize\b|Size\b/;

/**
 * Builds the mutants of a source into it. Inside functions alone: what is worked out when a module is loaded,
 * its tables and numbers, is the same for all mutants of a run.
 * - of `a && b`, `a || b` and `a ?? b`, either side alone;
 * - a condition that is always true, or never;
 * - `<` for `<=`, `===` for `!==`, `-` for `+`, `*` for `/`, and what is denied not denied;
 * - `some` for `every`, `min` for `max`, everything for what `filter` leaves;
 * - a call or an assignment left out; `true` for `false`.
 */
export function mutate(file: string, text: string, firstId: number): Mutated {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const mutants: Mutant[] = [];
  const add = (node: ts.Node, is: string): number => {
    const id = firstId + mutants.length;
    const { line } = source.getLineAndCharacterOfPosition(node.getStart(source));
    mutants.push({ id, file, line: line + 1, was: onOneLine(node.getText(source)), is: onOneLine(is) });
    return id;
  };
  /** Source between two places, with what its children have become. */
  const within = (node: ts.Node): string => {
    let code = "";
    let at = node.getStart(source);
    ts.forEachChild(node, (child) => {
      const start = child.getStart(source);
      code += text.slice(at, start) + print(child);
      at = child.end;
    });
    return code + text.slice(at, node.end);
  };
  const switched = (node: ts.Expression, others: readonly string[]): string =>
    `(${others.map((other) => `__mutant(${add(node, other)}) ? (${other}) : `).join("")}${within(node)})`;
  const print = (node: ts.Node): string => {
    if (!isInFunction(node)) return within(node);
    if (ts.isExpressionStatement(node) && isEffect(node.expression) && !UNSEEN.test(node.getText(source)))
      return `{ if (!__mutant(${add(node, "")})) ${within(node)} }`;
    if (!ts.isExpression(node) || UNSEEN.test(node.getText(source))) return within(node);
    const others = [...replacements(node, source)];
    return others.length > 0 ? switched(node, others) : within(node);
  };
  return { code: within(source), mutants };
}

function onOneLine(text: string): string {
  return text.replace(/\s+/g, " ");
}

function isInFunction(node: ts.Node): boolean {
  return (
    ts.findAncestor(node.parent, (above) => ts.isFunctionLike(above)) !== undefined &&
    !isType(node) &&
    !isDefault(node)
  );
}

function isType(node: ts.Node): boolean {
  return (
    ts.findAncestor(node, (above) => ts.isTypeNode(above) && !ts.isExpressionWithTypeArguments(above)) !==
    undefined
  );
}

function isDefault(node: ts.Node): boolean {
  return ts.isParameter(node);
}

/** Whether something is done beside working out a value. */
function isEffect(expression: ts.Expression): boolean {
  if (ts.isAwaitExpression(expression)) return isEffect(expression.expression);
  if (ts.isCallExpression(expression)) return expression.expression.kind !== ts.SyntaxKind.SuperKeyword;
  if (ts.isPostfixUnaryExpression(expression) || ts.isPrefixUnaryExpression(expression)) return true;
  return (
    ts.isBinaryExpression(expression) &&
    expression.operatorToken.kind >= ts.SyntaxKind.FirstAssignment &&
    expression.operatorToken.kind <= ts.SyntaxKind.LastAssignment
  );
}

/** What an expression may be replaced by. */
function* replacements(node: ts.Expression, source: ts.SourceFile): Iterable<string> {
  const isTest = isCondition(node);
  if (ts.isBinaryExpression(node)) {
    const { left, right, operatorToken } = node;
    const [first, second] = [left.getText(source), right.getText(source)];
    if (LOGICAL.has(operatorToken.kind)) {
      // A spread of what may be missing takes anything, and what stands in for nothing is often there for the
      // types alone.
      const isForTypes = operatorToken.kind === ts.SyntaxKind.QuestionQuestionToken && isConstant(right);
      if (isSpread(node)) return;
      if (!isForTypes) yield first;
      yield second;
      return;
    }
    const boundary = BOUNDARIES.get(operatorToken.kind);
    if (boundary !== undefined) yield `${first} ${boundary} ${second}`;
    const opposite = OPPOSITES.get(operatorToken.kind);
    if (opposite !== undefined && !isTest) yield `${first} ${opposite} ${second}`;
  }
  if (isTest) {
    yield "true";
    yield "false";
  } else if (ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.ExclamationToken)
    yield node.operand.getText(source);
  else if (node.kind === ts.SyntaxKind.TrueKeyword) yield "false";
  else if (node.kind === ts.SyntaxKind.FalseKeyword) yield "true";
  else if (
    ts.isCallExpression(node) &&
    ts.isPropertyAccessExpression(node.expression) &&
    !node.questionDotToken
  ) {
    const { expression, name, questionDotToken } = node.expression;
    const other = METHODS.get(name.text);
    const isChained = ts.findAncestor(node, (above) => ts.isOptionalChain(above)) !== undefined;
    const args = node.arguments.map((arg) => arg.getText(source)).join(", ");
    if (other !== undefined && !questionDotToken && !isChained)
      yield `${expression.getText(source)}.${other}(${other === "slice" ? "" : args})`;
  }
}

/**
 * Whether an expression alone decides which way to go. A part of such a condition is replaced by leaving it
 * out.
 */
function isCondition(node: ts.Expression): boolean {
  if (ts.isBinaryExpression(node) && LOGICAL.has(node.operatorToken.kind)) return false;
  const { parent } = node;
  if (ts.isIfStatement(parent)) return parent.expression === node;
  return ts.isConditionalExpression(parent) && parent.condition === node;
}

function isSpread(node: ts.Node): boolean {
  const { parent } = node;
  return ts.isSpreadAssignment(parent) || (ts.isParenthesizedExpression(parent) && isSpread(parent));
}

function isConstant(node: ts.Expression): boolean {
  if (ts.isArrayLiteralExpression(node)) return node.elements.length === 0;
  if (ts.isObjectLiteralExpression(node)) return node.properties.length === 0;
  return ts.isLiteralExpression(node) || node.kind === ts.SyntaxKind.NullKeyword || ts.isIdentifier(node);
}
