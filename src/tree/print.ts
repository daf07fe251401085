/** Draws what is known: one tree a scope, one line a message, with what each template is worth. */
import { printExpression } from "../template/derivation/print.js";
import { quote } from "../template/notation.js";
import { printReply, printTurnPattern } from "../template/print.js";
import { literalTurn } from "../template/visit.js";
import type { Entry, Knowledge, Learnt } from "./knowledge.js";
import { labelled } from "./labels.js";

/** What of it to draw. */
export interface PrintOptions {
  /** Only the scope of this name, as events and the drawing have it; its beginning is enough. */
  readonly scope?: string | undefined;
  /**
   * Only templates that are served. Default `false`: candidates, retired templates and recorded exchanges
   * too.
   */
  readonly live?: boolean | undefined;
  /** At most so many templates and exchanges, those used last. Default: all. */
  readonly limit?: number | undefined;
  /** At most so many messages of each conversation. Default: all. */
  readonly depth?: number | undefined;
}

interface Branch {
  readonly children: Map<string, Branch>;
}

const MAX_LINE = 160;

/** Draws what is known. `standingOf` tells how far a template is trusted. */
export function printKnowledge(
  knowledge: Knowledge,
  standingOf: (entry: Learnt) => string,
  {
    scope = "",
    live = false,
    limit = Number.POSITIVE_INFINITY,
    depth = Number.POSITIVE_INFINITY,
  }: PrintOptions = {},
): string {
  const isMeant = (entry: Entry): boolean =>
    entry.scope.startsWith(scope) && (!live || (entry.kind === "template" && standingOf(entry) === "live"));
  const meant = [...knowledge.all()].filter(isMeant);
  const left = Math.max(0, meant.length - limit);
  const scopes = new Map<string, Branch>();
  for (const entry of meant.slice(left)) {
    let branch = descend(scopes, entry.scope);
    for (const line of shortened(linesOf(entry, knowledge, standingOf), depth))
      branch = descend(branch.children, cut(line));
  }
  const drawings = [...scopes].map(([name, branch]) =>
    [`scope ${name.slice(0, 8)}`, ...draw(branch, "")].join("\n"),
  );
  return [...drawings, ...(left > 0 ? [`… and ${left} more`] : [])].join("\n\n");
}

/** The first messages, and that there are more. */
function shortened(lines: readonly string[], depth: number): readonly string[] {
  return lines.length > depth ? [...lines.slice(0, depth), "…"] : lines;
}

function linesOf(entry: Entry, knowledge: Knowledge, standingOf: (entry: Learnt) => string): string[] {
  if (entry.kind === "exchange") {
    try {
      return [
        ...entry.turns.map((turn) => printTurnPattern(literalTurn(turn))),
        `⇒ ${printReply(literalTurn(entry.said))}  (seen${statesOf(entry, knowledge)})`,
      ];
    } catch {
      return ["(a stored exchange that is damaged)"];
    }
  }
  const { agreements, review } = knowledge.evidence(entry);
  const said = review ? `, ${review.verdict}d by ${quote(review.author)}: ${quote(review.reason)}` : "";
  const worth = `(${standingOf(entry)}, ${entry.origin}, ${agreements.size} agreed${said})`;
  const template = labelled(entry, knowledge);
  const guards = template.guards.map((guard) => `if ${printExpression(guard)}`);
  const start = template.continuation ? ["… (after any steps)"] : [];
  return [
    ...start,
    ...template.turns.map(printTurnPattern),
    ...guards,
    `⇒ ${printReply(template.reply)}  ${worth}`,
  ];
}

/** In how many states of the world an exchange was seen, where checks have looked. */
function statesOf({ id }: Entry, { sightings }: Knowledge): string {
  const { length } = sightings.of(id).before;
  return length === 0 ? "" : `, in ${length} state${length === 1 ? "" : "s"}`;
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
    return [
      `${indent}${isLast ? "└─ " : "├─ "}${line}`,
      ...draw(child, `${indent}${isLast ? "   " : "│  "}`),
    ];
  });
}
