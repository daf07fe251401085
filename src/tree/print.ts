/** Draws what is known: one tree a scope, one line a message, with what each template is worth. */
import { printExpression } from "../template/derivation/print.js";
import { printReply, printTurnPattern } from "../template/print.js";
import { literalTurn } from "../template/visit.js";
import type { Entry, Knowledge, Learnt } from "./knowledge.js";

interface Branch {
  readonly children: Map<string, Branch>;
}

const MAX_LINE = 160;

/** Draws all scopes. `standingOf` tells how far a template is trusted. */
export function printKnowledge(knowledge: Knowledge, standingOf: (entry: Learnt) => string): string {
  const scopes = new Map<string, Branch>();
  for (const entry of knowledge.all()) {
    let branch = descend(scopes, entry.scope);
    for (const line of linesOf(entry, knowledge, standingOf)) branch = descend(branch.children, cut(line));
  }
  return [...scopes].map(([scope, branch]) => [`scope ${scope.slice(0, 8)}`, ...draw(branch, "")].join("\n")).join("\n\n");
}

function linesOf(entry: Entry, knowledge: Knowledge, standingOf: (entry: Learnt) => string): string[] {
  if (entry.kind === "exchange") {
    try {
      return [...entry.turns.map((turn) => printTurnPattern(literalTurn(turn))), `⇒ ${printReply(literalTurn(entry.said))}  (seen)`];
    } catch {
      return ["(a stored exchange that is damaged)"];
    }
  }
  const { agreements } = knowledge.evidence(entry);
  const worth = `(${standingOf(entry)}, ${entry.origin}, ${agreements.size} agreed)`;
  const guards = entry.template.guards.map((guard) => `if ${printExpression(guard)}`);
  const start = entry.template.continuation ? ["… (after any steps)"] : [];
  return [...start, ...entry.template.turns.map(printTurnPattern), ...guards, `⇒ ${printReply(entry.template.reply)}  ${worth}`];
}

/** Long messages lose their middle, never the evidence at the end. */
function cut(line: string): string {
  return line.length <= MAX_LINE ? line : `${line.slice(0, MAX_LINE / 2)} … ${line.slice(-MAX_LINE / 2)}`;
}

function descend(children: Map<string, Branch>, line: string): Branch {
  let branch = children.get(line);
  if (!branch) {
    branch = { children: new Map() };
    children.set(line, branch);
  }
  return branch;
}

function draw(branch: Branch, indent: string): string[] {
  const children = [...branch.children];
  return children.flatMap(([line, child], index) => {
    const isLast = index === children.length - 1;
    return [`${indent}${isLast ? "└─ " : "├─ "}${line}`, ...draw(child, `${indent}${isLast ? "   " : "│  "}`)];
  });
}
