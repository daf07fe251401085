/** What the data of a reply may flow from: the variables found so far, and the stretches of the conversation they stand in. */
import { callOf, constantOf, type Expression, variable } from "../../template/derivation/expression.js";
import { type Domain, domainOfKinds } from "../../template/domain.js";
import { type Json, Numeral, scalarText } from "../../template/json.js";
import { shapeWith } from "../../template/shape.js";
import type { Hole, Slot, TurnPattern } from "../../template/template.js";
import type { Turn } from "../../template/turn.js";
import { reachOf } from "../align/reach.js";
import { isBoundary } from "./bind-values.js";
import { countIn, enumerationIn, holds } from "./enumerations.js";
import { Spans } from "./forms.js";
import { derivationsOf, isReordered, listsIn } from "./lists.js";
import { mentionsOf, tokensOf } from "./mentions.js";
import { type Result, waysTo } from "./result-paths.js";
import { Claims, patternOf, type Site, siteKey, sitesOf } from "./sites.js";
import { isValue, listTargetsOf, nameOf, type Target } from "./targets.js";
import { withDoubt } from "./versions.js";

/** What is known before anything is looked at. */
export interface Reserved {
  /** No variable is called so. */
  readonly names: Iterable<string>;
  /** Keys of tools' results whose texts are data, and no states. */
  readonly dataKeys: ReadonlySet<string>;
}

const NOTHING_RESERVED: Reserved = { names: [], dataKeys: new Set() };

/** The variables found so far, and the stretches of the conversation they stand in. */
export class Sources {
  private readonly claims = new Claims<Slot>();
  private readonly sites: readonly Site[];
  private readonly isUser: readonly boolean[];
  private readonly results = new Map<string, Result>();
  private readonly names = new Map<string, string>();
  private readonly used: Set<string>;
  /** Variables that are read out of JSON first, and so are numbers or booleans. */
  private readonly typed = new Set<string>();
  private readonly spans = new Map<Site, Spans>();
  /** Results that something was read out of. */
  private readonly read = new Set<string>();
  /** The reply has items of a list in an order of its own, which another list will not share. */
  isReordered = false;

  /** `open` marks turns whose text is left open: anything may stand there, and nothing is read out of it. */
  constructor(
    private readonly turns: readonly Turn[],
    private readonly open: readonly boolean[] = [],
    private readonly reserved: Reserved = NOTHING_RESERVED,
  ) {
    this.used = new Set(reserved.names);
    this.isUser = turns.map((turn) => turn.role === "user");
    this.sites = sitesOf(turns).filter((site) => site.voice !== "fixed" && !open[site.turn]);
    for (const [turn, { parts }] of turns.entries()) {
      for (const [index, part] of parts.entries()) {
        if (part.kind === "json") this.results.set(`${turn}/${index}`, { name: this.fresh("result"), value: part.value });
      }
    }
  }

  get isEmpty(): boolean {
    return this.names.size === 0 && this.results.size === 0;
  }

  /** Every value that is a variable, with the variable's name. */
  get known(): ReadonlyMap<string, string> {
    return this.names;
  }

  /** Makes a slot of a stretch, unless it is taken or within a result that is bound whole. Returns whether it did. */
  take(site: Site, start: number, end: number, place: Slot): boolean {
    if (this.results.has(`${site.turn}/${site.part}`) || !this.claims.isFree(keyOf(site), start, end)) return false;
    this.claims.add(keyOf(site), { start, end, place });
    const value = site.text.slice(start, end);
    if (site.whole && !this.names.has(value)) this.typed.add(place.name);
    this.know(value, place.name);
    return true;
  }

  /** Notes what a value is called, wherever it comes from. */
  know(value: string, name: string): void {
    if (!this.names.has(value)) this.names.set(value, name);
  }

  /** The tools' results, the latest first. */
  get all(): readonly Result[] {
    return [...this.results.values()].reverse();
  }

  /** Notes that a result was read. */
  markRead({ name }: Result): void {
    this.read.add(name);
  }

  /** Whether a value that nothing explains stands in a result after all: then it may be data, and the result must not vary. */
  mayHold(text: string): boolean {
    return this.sites.some((site) => site.voice === "told" && this.results.has(`${site.turn}/${site.part}`) && holds(site.text, text));
  }

  /** A hole for a target whose value the conversation holds as it is. */
  copy(target: Target): Hole | undefined {
    const name = this.variableFor(target.text, target.name);
    if (name !== undefined) return { hypotheses: [this.asIs(name, target.site.whole)] };
    const paths = this.waysInto(target);
    return paths.length > 0 ? { hypotheses: paths } : undefined;
  }

  /** A hole for a target whose value the conversation holds in another form: another case, a date in words. */
  derive(target: Target): Hole | undefined {
    for (const site of this.sites) {
      if (site.voice !== "told" || site.path !== undefined) continue;
      for (const { span, start, end, forms } of this.spansOf(site).saying(target.text, target.site.whole)) {
        if (!this.names.has(span) && !this.claims.isFree(keyOf(site), start, end)) continue;
        const name = this.variableFor(span, target.name);
        if (name !== undefined) return { hypotheses: forms.map((form) => form(variable(name))) };
      }
    }
    return undefined;
  }

  private spansOf(site: Site): Spans {
    let spans = this.spans.get(site);
    if (!spans) {
      spans = new Spans(site.text);
      this.spans.set(site, spans);
    }
    return spans;
  }

  /** The ways to a list of values: one enumerated in a text, or what results hold. None if there are too many. */
  list(values: readonly Json[], stem: string): Expression[] {
    const isNumeric = values.every((value) => value instanceof Numeral);
    const said = isNumeric || values.every((value) => typeof value === "string") ? this.enumeration(values, stem) : [];
    if (said.length > 0) return isNumeric ? said.map(numbersOf) : said;
    const ways: Expression[] = [];
    for (const result of this.all) {
      const found = listsIn(result, values.length).flatMap((list) => derivationsOf(list, values, (value) => this.constantFor(value)));
      if (found.length > 0) this.markRead(result);
      ways.push(...found);
    }
    if (ways.length === 0) this.reorder(values);
    return ways.length > MAX_PATHS ? [] : withDoubt(ways, values.length);
  }

  /** Notes it if values are all items of a result's list in an order that nothing explains. */
  reorder(values: readonly Json[]): void {
    this.isReordered ||= this.all.some((result) => listsIn(result, values.length).some((list) => isReordered(list, values)));
  }

  /** The ways to a list of texts that the user or a tool enumerates in a text, whose stretch becomes a slot. */
  enumeration(values: readonly Json[], stem: string): Expression[] {
    const texts = values.map((value) => scalarText(value) ?? "");
    const told = this.sites.filter(({ voice, path }) => voice !== "made" && path === undefined);
    // What is said elsewhere too has another part to play.
    if (texts.some((text) => text === "" || told.reduce((count, site) => count + countIn(site.text, text), 0) !== 1)) return [];
    for (const site of told) {
      const found = site.voice === "told" ? enumerationIn(site.text, texts) : undefined;
      if (!found || !this.claims.isFree(keyOf(site), found.start, found.end)) continue;
      const stretch = site.text.slice(found.start, found.end);
      const name = this.fresh(stem);
      this.claims.add(keyOf(site), { start: found.start, end: found.end, place: slot(name, stretch) });
      this.names.set(stretch, name);
      // A user names those that are meant; a tool lists what there is.
      return this.isUser[site.turn] ? [found.read(name)] : withDoubt([found.read(name)], values.length);
    }
    return [];
  }

  /** The expression of a value that something depends on: the variable the user has said it in, else a constant. */
  constantFor(value: Json): Expression {
    const text = typeof value === "string" || value instanceof Numeral ? scalarText(value) : undefined;
    const name = text === undefined || text === "" ? undefined : this.variableFor(text, "value");
    return name === undefined ? constantOf(value) : this.asIs(name, typeof value !== "string");
  }

  /** A name that nothing is called by yet, and that nothing will be. */
  fresh(stem: string): string {
    let name = stem;
    for (let count = 2; this.used.has(name); count++) name = `${stem}_${count}`;
    this.used.add(name);
    return name;
  }

  /**
   * Explains the arguments of earlier calls: what was sent on then is data too, and varies with its source. `explain` says
   * how a value comes about.
   */
  follow(explain: (target: Target) => Hole | undefined = (target) => this.copy(target) ?? this.derive(target)): void {
    for (const [turn, { parts }] of this.turns.entries()) {
      for (const [index, part] of parts.entries()) if (part.kind === "call") this.followLists(turn, index, part.args);
    }
    for (const site of this.sites) {
      const key = keyOf(site);
      if (this.claims.isWithin(site.turn, site.part, site.path)) continue;
      if (site.voice !== "made" || !isValue(site) || !this.claims.isFree(key, 0, site.text.length)) continue;
      const target: Target = {
        site,
        start: 0,
        end: site.text.length,
        text: site.text,
        name: nameOf(site.path),
        order: 0,
        isArgument: true,
      };
      const hole = explain(target);
      if (!hole) continue;
      const [only] = hole.hypotheses;
      const name = only?.kind === "variable" && hole.hypotheses.length === 1 ? only.name : this.fresh(target.name);
      this.claims.add(key, { start: 0, end: site.text.length, place: slot(name, site.text) });
    }
  }

  private followLists(turn: number, part: number, args: Json): void {
    for (const { path, items } of listTargetsOf(args)) {
      if (this.claims.isWithin(turn, part, path) || this.list(items, nameOf(path)).length === 0) continue;
      const place = { name: this.fresh(nameOf(path)), domain: reachOf([...items]) };
      this.claims.add(siteKey(turn, part, path), { start: 0, end: 1, place });
    }
  }

  /** Claims what looks like data among the user's words and is not claimed yet. Returns how much there was. */
  ignore(isData: (text: string) => boolean): number {
    let count = 0;
    for (const site of this.sites) {
      if (site.voice !== "told" || site.path !== undefined || !this.isUser[site.turn]) continue;
      const tokens = tokensOf(site.text);
      const known = tokens.flatMap((first, index) =>
        [3, 2, 1].flatMap((length) => {
          const last = tokens[index + length - 1];
          const text = last && site.text.slice(first.start, last.end);
          return last && text !== undefined && isData(text) ? [{ start: first.start, end: last.end, text }] : [];
        }),
      );
      const candidates = [...mentionsOf(site.text), ...known].sort(
        (left, right) => right.text.length - left.text.length || left.start - right.start,
      );
      for (const { start, end, text } of candidates) {
        if (!this.claims.isFree(keyOf(site), start - 1, end + 1)) continue;
        this.claims.add(keyOf(site), { start, end, place: slot(this.fresh("other"), text) });
        count++;
      }
    }
    return count;
  }

  pattern(turn: Turn, index: number): TurnPattern<Slot> | undefined {
    const calls = turn.parts.some((part) => part.kind === "call");
    const plain = patternOf(turn, index, this.claims);
    if (!plain) return undefined;
    return {
      ...plain,
      parts: plain.parts.map((part, at) => {
        const result = this.results.get(`${index}/${at}`);
        // With the question left open, a result that says nothing to the reply is all that tells one case from another.
        if (result && (this.open.length === 0 || this.read.has(result.name))) {
          const domain: Domain = { kinds: [], values: [], except: [], shapes: [shapeWith(result.value, this.reserved.dataKeys)] };
          return { kind: "json", value: { kind: "value", place: { name: result.name, domain } } };
        }
        if (part.kind === "text" && this.open[index])
          return { kind: "text", text: [{ name: this.fresh("asked"), domain: domainOfKinds("any") }] };
        // What the assistant said beside a call is worded anew each time; what it did stands in the call.
        if (part.kind === "text" && calls) return { kind: "text", text: [{ name: this.fresh("said"), domain: domainOfKinds("any") }] };
        return part;
      }),
    };
  }

  private variableFor(text: string, stem: string): string | undefined {
    const known = this.names.get(text);
    if (known !== undefined) return known;
    const places = this.placesOf(text);
    if (places.length === 0 || (places.length > 1 && isWeak(text))) return undefined;
    const name = this.fresh(stem);
    for (const { site, start } of places) this.claims.add(keyOf(site), { start, end: start + text.length, place: slot(name, text) });
    this.names.set(text, name);
    return name;
  }

  private asIs(name: string, whole: boolean): Expression {
    return whole ? callOf("from_json", this.typed.has(name) ? callOf("text", variable(name)) : variable(name)) : variable(name);
  }

  /** Where a value stands in what was told as text. */
  private placesOf(text: string): { site: Site; start: number }[] {
    const places: { site: Site; start: number }[] = [];
    for (const site of this.sites) {
      if (site.voice === "made" || site.path !== undefined) continue;
      for (let start = site.text.indexOf(text); start >= 0; start = site.text.indexOf(text, start + text.length)) {
        const end = start + text.length;
        if (isBoundary(site.text, start) && isBoundary(site.text, end) && this.claims.isFree(keyOf(site), start, end))
          places.push({ site, start });
      }
    }
    return places;
  }

  /** Every way to a value in the tools' results; none if it stands in so many places that its origin is a guess. */
  waysInto(target: Target): Expression[] {
    const most = isWeak(target.text) && !target.isArgument ? 1 : MAX_PATHS;
    const paths: Expression[] = [];
    let places = 0;
    for (const site of this.sites) {
      const result = this.results.get(`${site.turn}/${site.part}`);
      if (!result || site.path === undefined || site.text !== target.text || site.voice !== "told") continue;
      if (target.site.whole && !site.whole) continue;
      if (++places > most) return [];
      this.read.add(result.name);
      const isText = site.whole && !target.site.whole;
      paths.push(...waysTo(result, site.path).map((way) => (isText ? callOf("text", way) : way)));
    }
    return paths;
  }
}

const MAX_PATHS = 6;

function keyOf(site: Site): string {
  return siteKey(site.turn, site.part, site.path);
}

/** Reads a list of texts as numbers; one that is none is a fault. */
function numbersOf(texts: Expression): Expression {
  return callOf("from_json", callOf("concat", constantOf("["), callOf("join", texts, constantOf(",")), constantOf("]")));
}

function slot(name: string, text: string): Slot {
  return { name, domain: reachOf(text) };
}

/** A value that stands in many places by chance. */
function isWeak(text: string): boolean {
  return text.length <= 2 || /^\p{Ll}{1,4}$/u.test(text);
}
