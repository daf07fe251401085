/** What the data of a reply may flow from: the variables found so far, and the stretches of the conversation they stand in. */
import { callOf, constantOf, type Expression, variable } from "../../template/derivation/expression.js";
import { type Domain, domainOfKinds } from "../../template/domain.js";
import { type Json, Numeral, scalarText } from "../../template/json.js";
import { shapeWith } from "../../template/shape.js";
import type { Hole, Slot, TurnPattern } from "../../template/template.js";
import type { Turn } from "../../template/turn.js";
import { reachOf } from "../align/reach.js";
import type { Pace } from "../schedule/pace.js";
import { enumerationIn } from "./enumerations.js";
import { derivationsOf, isReordered, type List } from "./lists.js";
import { eachMention, eachToken, type Mention } from "./mentions.js";
import { type Result, waysTo } from "./result-paths.js";
import type { Found, Scene } from "./scene.js";
import { type Claim, Claims, patternOf, type Site, siteKey } from "./sites.js";
import { isValue, listTargetsOf, nameOf, type Target } from "./targets.js";
import { withDoubt } from "./versions.js";

// A template of more slots, or with more places to fill in its reply, is of this one exchange.
const MAX_PLACES = 1_000;

/** What is known before anything is looked at. */
export interface Reserved {
  /** No variable is called so. */
  readonly names: Iterable<string>;
  /** Keys of tools' results whose texts are data, and no states. */
  readonly dataKeys: ReadonlySet<string>;
}

const NOTHING_RESERVED: Reserved = { names: [], dataKeys: new Set() };

/** How a value comes about; `undefined` where that is not known. */
export type Explain = (target: Target) => Promise<Hole | undefined>;

/** The variables found so far, and the stretches of the conversation they stand in. */
export class Sources {
  private readonly claims = new Claims<Slot>();
  private readonly isUser: readonly boolean[];
  private readonly names = new Map<string, string>();
  private readonly used: Set<string>;
  /** For each stem the number that was tried last. */
  private readonly counts = new Map<string, number>();
  /** The tools' JSON results by turn and part, under names of their own. */
  private readonly results = new Map<string, Result>();
  private count = 0;
  /** What stands in more places than a template may have. */
  private readonly crowded = new Set<string>();
  /** Variables that are read out of JSON first, and so are numbers or booleans. */
  private readonly typed = new Set<string>();
  /** Results that something was read out of. */
  private readonly read = new Set<string>();
  /** The reply has items of a list in an order of its own, which another list will not share. */
  isReordered = false;

  /** `open` marks turns whose text is left open: anything may stand there, and nothing is read out of it. */
  constructor(
    readonly scene: Scene,
    private readonly open: readonly boolean[] = [],
    private readonly reserved: Reserved = NOTHING_RESERVED,
  ) {
    this.used = new Set(reserved.names);
    this.isUser = scene.turns.map((turn) => turn.role === "user");
    for (const [key, result] of scene.results) {
      const name = this.fresh("result");
      this.results.set(key, name === result.name ? result : { ...result, name });
    }
  }

  get pace(): Pace {
    return this.scene.pace;
  }

  /** Whether more was found than a template may have. */
  get isTooMuch(): boolean {
    return this.count > MAX_PLACES;
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
    if (this.results.has(`${site.turn}/${site.part}`) || !this.claims.isFree(site.key, start, end)) return false;
    this.claim(site.key, { start, end, place });
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
    return this.scene.holds(text, (site) => site.voice === "told" && site.path !== undefined && this.isOpen(site));
  }

  /** A hole for a target whose value the conversation holds as it is. */
  copy(target: Target): Hole | undefined {
    const name = this.variableFor(target.text, target.name);
    if (name !== undefined) return this.hole([this.asIs(name, target.site.whole)]);
    const paths = this.waysInto(target);
    return paths.length > 0 ? this.hole(paths) : undefined;
  }

  /** A hole for a target whose value the conversation holds in another form: another case, a date in words. */
  async derive(target: Target): Promise<Hole | undefined> {
    for (const { site, span, start, end, forms } of await this.scene.sayingOtherwise(target.text, target.site.whole)) {
      if (site.voice !== "told" || !this.isOpen(site) || (!this.names.has(span) && !this.claims.isFree(site.key, start, end))) continue;
      const name = this.variableFor(span, target.name);
      if (name !== undefined) return this.hole(forms.map((form) => form(variable(name))));
    }
    return undefined;
  }

  /** Whether a site is one that is looked at. */
  private isOpen(site: Site): boolean {
    return this.open[site.turn] !== true;
  }

  private hole(hypotheses: readonly Expression[]): Hole {
    this.count++;
    return { hypotheses };
  }

  private claim(key: string, claim: Claim<Slot>): void {
    this.count++;
    this.claims.add(key, claim);
  }

  /** The ways to a list of values: one enumerated in a text, or what results hold. None if there are too many. */
  list(values: readonly Json[], stem: string): Expression[] {
    const isNumeric = values.every((value) => value instanceof Numeral);
    const said = isNumeric || values.every((value) => typeof value === "string") ? this.enumeration(values, stem) : [];
    if (said.length > 0) return isNumeric ? said.map(numbersOf) : said;
    const ways: Expression[] = [];
    for (const result of this.all) {
      const found = this.listsIn(result, values.length).flatMap((list) => {
        this.scene.pace.spend(1 + list.items.length / 4);
        return derivationsOf(list, values, (value) => this.constantFor(value));
      });
      if (found.length > 0) this.markRead(result);
      ways.push(...found);
    }
    if (ways.length === 0) this.reorder(values);
    return ways.length > MAX_PATHS ? [] : withDoubt(ways, values.length);
  }

  /** Notes it if values are all items of a result's list in an order that nothing explains. */
  reorder(values: readonly Json[]): void {
    this.isReordered ||= this.all.some((result) => this.listsIn(result, values.length).some((list) => isReordered(list, values)));
  }

  /** The ways to a list of texts that the user or a tool enumerates in a text, whose stretch becomes a slot. */
  enumeration(values: readonly Json[], stem: string): Expression[] {
    const texts = values.map((value) => scalarText(value) ?? "");
    // What is said elsewhere too has another part to play.
    const sites = new Set<Site>();
    for (const text of texts) {
      const [first, more] = this.wordsAt(text);
      if (!first || more) return [];
      sites.add(first.site);
    }
    // All of them stand in one text, or it does not enumerate them.
    for (const site of sites.size === 1 ? sites : []) {
      const found = site.voice === "told" ? enumerationIn(site.text, texts) : undefined;
      if (!found || !this.claims.isFree(site.key, found.start, found.end)) continue;
      const stretch = site.text.slice(found.start, found.end);
      const name = this.fresh(stem);
      this.claim(site.key, { start: found.start, end: found.end, place: slot(name, stretch) });
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
    let count = this.counts.get(stem) ?? 1;
    while (this.used.has(name)) name = `${stem}_${++count}`;
    this.counts.set(stem, count);
    this.used.add(name);
    return name;
  }

  /**
   * Explains the arguments of earlier calls: what was sent on then is data too, and varies with its source. `explain` says
   * how a value comes about.
   */
  async follow(explain: Explain = async (target) => this.copy(target) ?? (await this.derive(target))): Promise<void> {
    const { pace, turns, sites } = this.scene;
    for (const [turn, { parts }] of turns.entries()) {
      for (const [index, part] of parts.entries()) if (part.kind === "call") await this.followLists(turn, index, part.args);
    }
    for (const site of sites) {
      if (site.voice !== "made" || !this.isOpen(site)) continue;
      pace.spend(1);
      if (this.scene.isDue) await this.scene.catchBreath();
      if (this.isTooMuch) return;
      if (this.claims.isWithin(site.turn, site.part, site.path)) continue;
      if (!isValue(site) || !this.claims.isFree(site.key, 0, site.text.length)) continue;
      const target: Target = {
        site,
        start: 0,
        end: site.text.length,
        text: site.text,
        name: nameOf(site.path),
        order: 0,
        isArgument: true,
      };
      const hole = await explain(target);
      if (!hole) continue;
      const [only] = hole.hypotheses;
      const name = only?.kind === "variable" && hole.hypotheses.length === 1 ? only.name : this.fresh(target.name);
      this.claim(site.key, { start: 0, end: site.text.length, place: slot(name, site.text) });
    }
  }

  private async followLists(turn: number, part: number, args: Json): Promise<void> {
    for (const { path, items } of listTargetsOf(args)) {
      await this.scene.readyFor(items.length);
      if (this.claims.isWithin(turn, part, path) || this.list(items, nameOf(path)).length === 0) continue;
      const place = { name: this.fresh(nameOf(path)), domain: reachOf([...items]) };
      this.claim(siteKey(turn, part, path), { start: 0, end: 1, place });
    }
  }

  /** Claims what looks like data among the user's words and is not claimed yet. Returns how much there was. */
  async ignore(isData: (text: string) => boolean): Promise<number> {
    const { pace, sites } = this.scene;
    const before = this.count;
    for (const site of sites) {
      if (site.voice !== "told" || site.path !== undefined || !this.isUser[site.turn] || !this.isOpen(site)) continue;
      const candidates: Mention[] = [];
      for (const found of [eachMention(site.text), eachKnown(site.text, isData)]) {
        for (const mention of found) {
          if (mention) candidates.push(mention);
          if (candidates.length > MAX_IDLE) return 0;
          pace.spend(1);
          if (pace.tired) await pace.rest();
        }
      }
      candidates.sort((left, right) => right.text.length - left.text.length || left.start - right.start);
      for (const { start, end, text } of candidates) {
        if (!this.claims.isFree(site.key, start - 1, end + 1)) continue;
        this.claim(site.key, { start, end, place: slot(this.fresh("other"), text) });
      }
      if (this.isTooMuch) return 0;
    }
    return this.count - before;
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
    if (this.crowded.has(text)) return undefined;
    const places: Found[] = [];
    const most = isWeak(text) ? 1 : MAX_PLACES;
    for (const found of this.wordsAt(text)) {
      if (found.site.voice !== "made" && this.claims.isFree(found.site.key, found.start, found.start + text.length)) places.push(found);
      if (places.length <= most) continue;
      if (most > 1) this.crowded.add(text);
      return undefined;
    }
    if (places.length === 0) return undefined;
    const name = this.fresh(stem);
    for (const { site, start } of places) this.claim(site.key, { start, end: start + text.length, place: slot(name, text) });
    this.names.set(text, name);
    return name;
  }

  private asIs(name: string, whole: boolean): Expression {
    return whole ? callOf("from_json", this.typed.has(name) ? callOf("text", variable(name)) : variable(name)) : variable(name);
  }

  /** Where a value stands in what was said in words. */
  private *wordsAt(text: string): Iterable<Found> {
    for (const found of this.scene.placesOf(text)) {
      if (found.site.voice !== "made" && found.site.path === undefined && this.isOpen(found.site)) yield found;
    }
  }

  /** The lists of at least `least` items in a result. */
  listsIn(result: Result, least: number): readonly List[] {
    return this.scene.listsIn(result, least);
  }

  /** Every way to a value in the tools' results; none if it stands in so many places that its origin is a guess. */
  waysInto(target: Target): Expression[] {
    const most = isWeak(target.text) && !target.isArgument ? 1 : MAX_PATHS;
    const paths: Expression[] = [];
    let places = 0;
    for (const site of this.scene.valuesEqual(target.text)) {
      const result = this.results.get(`${site.turn}/${site.part}`);
      if (!result || site.path === undefined || !this.isOpen(site)) continue;
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

// More idle data than this in one message is a document: no other one will have as much in the same places.
const MAX_IDLE = 400;

/** The stretches of up to three tokens that are known as data; `undefined` for each token looked at. */
function* eachKnown(text: string, isData: (text: string) => boolean): Iterable<Mention | undefined> {
  const last: Mention[] = [];
  for (const token of eachToken(text)) {
    last.push(token);
    if (last.length > 3) last.shift();
    for (const { start } of last) {
      const known = text.slice(start, token.end);
      if (isData(known)) yield { start, end: token.end, text: known };
    }
    yield undefined;
  }
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
