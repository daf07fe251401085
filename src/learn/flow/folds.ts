/** What of a reply is a list: arguments that are one, and calls that are made for each item of one. */
import { constantOf, type Expression, variable } from "../../template/derivation/expression.js";
import { type Json, scalarText } from "../../template/json.js";
import type { Hole, ReplyPattern, TurnPattern } from "../../template/template.js";
import type { Part, Turn } from "../../template/turn.js";
import { derivationsOf, selectionsOf } from "./lists.js";
import { type Column, claimsOf, type Run, runsOf, wholeClaim } from "./repeats.js";
import { type Claim, Claims, siteKey } from "./sites.js";
import type { Sources } from "./sources.js";
import { takeClauses } from "./take-clauses.js";
import { compositesOf, listTargetsOf, nameOf, placeOf } from "./targets.js";
import { withDoubt } from "./versions.js";

type CallPart = Extract<Part, { readonly kind: "call" }>;

/** A list that calls are made for. */
interface Repeat {
  readonly list: Hole;
  readonly item: string;
}

/** A list and what each call holds of its items. */
interface Explained {
  readonly lists: readonly Expression[];
  readonly items: readonly Json[];
  readonly claims: ReadonlyMap<Column, readonly Claim<Hole>[]>;
}

// Where a list may come from in more ways, its origin is a guess.
const MAX_LISTS = 6;

/**
 * A reply with its lists taken out: of the calls that are made for each item of a list only the first is left
 * in `said`, and `claims` holds what of it follows from the item, and the arguments that are lists. `sources`
 * holds what the lists come from.
 */
export class Folds {
  readonly claims = new Claims<Hole>();
  private readonly parts: Part[] = [];
  private readonly repeats = new Map<number, Repeat>();
  private count = 0;

  private constructor(
    private readonly whole: Turn,
    readonly sources: Sources,
  ) {}

  /** The lists of a reply, and what was known with what they come from: `before` stays as it is. */
  static async of(said: Turn, before: Sources): Promise<Folds> {
    const folds = new Folds(said, before.copy());
    await folds.takeLists(folds.sources);
    return folds;
  }

  /** A reply all of which is taken for single values. */
  static none(said: Turn, before: Sources): Folds {
    const folds = new Folds(said, before.copy());
    folds.parts.push(...said.parts);
    return folds;
  }

  get said(): Turn {
    return { ...this.whole, parts: this.parts };
  }

  private async takeLists(sources: Sources): Promise<void> {
    const { parts } = this.whole;
    const runs = new Map(runsOf(this.whole).map((run) => [run.first, run]));
    for (let index = 0; index < parts.length; index++) {
      const run = runs.get(index);
      await sources.scene.readyFor(run?.count ?? 1);
      if (run && this.fold(run, this.parts.length, sources)) index += run.count - 1;
      this.parts.push(parts[run?.first ?? index] as Part);
    }
    for (const [index, part] of this.parts.entries())
      if (part.kind === "call") await this.claimLists(index, part, sources);
  }

  /** Whether nothing of the reply is a list. */
  get isEmpty(): boolean {
    return this.count === 0;
  }

  /** The pattern of `said`, with the calls that repeat as such. */
  unfolded(pattern: TurnPattern<Hole>): ReplyPattern<Hole> {
    return {
      ...pattern,
      parts: pattern.parts.map((part, index) => {
        const repeat = this.repeats.get(index);
        return repeat && part.kind === "call"
          ? { kind: "each", ...repeat, tool: part.tool, args: part.args }
          : part;
      }),
    };
  }

  private fold(run: Run, part: number, sources: Sources): boolean {
    const explained = enumerated(run, sources) ?? outOfResults(run, sources);
    if (!explained) return false;
    const item = sources.slots.names.take(ITEM);
    const renamed = (hole: Hole): Hole => ({ hypotheses: hole.hypotheses.map((way) => withItem(way, item)) });
    for (const [column, claims] of explained.claims) {
      for (const claim of claims)
        this.claims.add(siteKey(0, part, column.path), { ...claim, place: renamed(claim.place) });
    }
    // What is the same in every call may be a part of every item all the same.
    for (const column of run.constant) {
      const [value] = column.values;
      const [claim] =
        value === undefined || !isData(value) ? [] : (wholeClaim(column, explained.items, ITEM) ?? []);
      if (!claim || value === undefined || column.path.some((step) => typeof step === "number")) continue;
      const hypotheses = [sources.takeConstant(value), ...renamed(claim.place).hypotheses];
      this.claims.add(siteKey(0, part, column.path), { ...claim, place: { hypotheses } });
    }
    this.repeats.set(part, { list: { hypotheses: explained.lists }, item });
    this.count++;
    return true;
  }

  private async claimLists(part: number, { tool, args }: CallPart, sources: Sources): Promise<void> {
    if (this.repeats.has(part)) return;
    for (const { path, value } of compositesOf(args)) {
      if (this.claims.isWithin(0, part, path)) continue;
      const hypotheses = takeClauses(value, placeOf(tool, path), sources);
      if (hypotheses.length === 0) continue;
      this.claims.add(siteKey(0, part, path), { start: 0, end: 1, place: { hypotheses } });
      this.count++;
    }
    for (const { path, items } of listTargetsOf(args)) {
      await sources.scene.readyFor(items.length);
      const isTaken =
        this.claims.isWithin(0, part, path) || !this.claims.isFree(siteKey(0, part, path), 0, 1);
      if (isTaken) continue;
      const hypotheses = sources.takeList(items, nameOf(path));
      if (hypotheses.length === 0) continue;
      this.claims.add(siteKey(0, part, path), { start: 0, end: 1, place: { hypotheses } });
      this.count++;
    }
  }
}

// The item's name until it is known which names are free.
const ITEM = "item";

function withItem(expression: Expression, name: string): Expression {
  if (expression.kind === "variable") return variable(name);
  return expression.kind === "call"
    ? { ...expression, args: expression.args.map((arg) => withItem(arg, name)) }
    : expression;
}

/** Flags are no data, nor is nothing. */
function isData(value: Json): boolean {
  return value !== null && typeof value !== "boolean" && scalarText(value) !== "";
}

/**
 * A list that the user or a tool has enumerated in a text: its items are one of the arguments, the others
 * follow from them.
 */
function enumerated(run: Run, sources: Sources): Explained | undefined {
  for (const { path, values } of run.varying) {
    const items = values.map((value) => scalarText(value) ?? "");
    const claims = claimsOf(run.varying, items, ITEM);
    const lists = claims ? sources.takeEnumeration(values, nameOf(path)) : [];
    if (claims && lists.length > 0) return { lists, items, claims };
  }
  return undefined;
}

/** A list out of the tools' results. Of several that lead to other places in their items, the first. */
function outOfResults(run: Run, sources: Sources): Explained | undefined {
  let found: Explained | undefined;
  const lists: Expression[] = [];
  const add = (expression: Expression, items: readonly Json[]): boolean => {
    const claims = claimsOf(run.varying, items, ITEM);
    if (!claims || (found && !sameClaims(found.claims, claims))) return false;
    found ??= { lists, items, claims };
    lists.push(expression);
    return true;
  };
  const [only, more] = run.varying;
  for (const result of sources.all) {
    let isRead = false;
    for (const list of sources.listsIn(result, run.count)) {
      sources.pace.spend(1 + list.items.length);
      const fits = (items: readonly Json[]): boolean => claimsOf(run.varying, items, ITEM) !== undefined;
      const selections = selectionsOf(list, {
        count: run.count,
        fits,
        constantFor: (value) => sources.takeConstant(value),
      });
      for (const { expression, items } of selections) isRead = add(expression, items) || isRead;
      if (selections.length > 0 || !only || more) continue;
      for (const way of derivationsOf(list, only.values, constantOf))
        isRead = add(way, only.values) || isRead;
    }
    if (isRead) sources.noteRead(result);
  }
  if (!found) for (const { values } of run.varying) sources.noteOrder(values);
  if (!found || lists.length > MAX_LISTS) return undefined;
  return { ...found, lists: withDoubt(lists, run.count) };
}

function sameClaims(left: Explained["claims"], right: Explained["claims"]): boolean {
  return [...left].every(([column, claims]) => {
    const others = right.get(column) ?? [];
    return (
      claims.length === others.length &&
      claims.every(({ start, end, place }, index) => {
        const other = others[index] as Claim<Hole>;
        return (
          start === other.start && end === other.end && JSON.stringify(place) === JSON.stringify(other.place)
        );
      })
    );
  });
}
