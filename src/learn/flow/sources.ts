/**
 * Where the data of a reply may come from: what the user and the tools have said in words, and what tools'
 * results hold.
 */
import { callOf, constantOf, type Expression, variable } from "../../template/derivation/expression.js";
import { type Json, Numeral, scalarText } from "../../template/json.js";
import type { Hole, Slot } from "../../template/template.js";
import type { Pace } from "../schedule/pace.js";
import { numbersIn } from "./clauses.js";
import { enumerationIn } from "./enumerations.js";
import { derivationsOf, isReordered, type List } from "./lists.js";
import { isCommon } from "./mentions.js";
import { Names } from "./names.js";
import { type Result, waysTo } from "./result-paths.js";
import type { Found, Scene } from "./scene.js";
import type { Claim, Site } from "./sites.js";
import { Slots, slotLike } from "./slots.js";
import type { Target } from "./targets.js";
import { withDoubt } from "./versions.js";

// A template of more slots, or with more places to fill in its reply, is of this one exchange.
const MAX_PLACES = 1_000;

// A value that can be reached in more ways than this: which of them is meant is a guess.
const MAX_PATHS = 6;

/** What is known before anything is looked at. */
export interface Setting {
  readonly scene: Scene;
  /** Marks turns whose text is left open: anything may stand there, and nothing is read out of it. */
  readonly open?: readonly boolean[] | undefined;
  /** No variable is called so. */
  readonly reserved?: Iterable<string> | undefined;
  /** Keys of tools' results whose texts are data, and no states. */
  readonly dataKeys?: ReadonlySet<string> | undefined;
  /** The texts that are known to stand for a value at an argument's place. */
  readonly textsFor?: ((place: string, value: Json) => readonly string[]) | undefined;
}

/**
 * The variables found so far, and the ways to values through them. `take…` makes slots of what it finds,
 * `read…` notes that a result is needed, and `note…` and `know` write something down; all else only asks.
 */
export class Sources {
  readonly scene: Scene;
  readonly dataKeys: ReadonlySet<string>;
  private readonly open: readonly boolean[];
  private holes = 0;
  /** What stands in more places than a template may have. */
  private crowded = new Set<string>();
  /** Results that something was read out of. */
  private read = new Set<string>();
  private reordered = false;

  private constructor(
    private readonly setting: Setting,
    readonly slots: Slots,
    /** The tools' JSON results by turn and part, under names of their own. */
    private readonly results: ReadonlyMap<string, Result>,
  ) {
    this.scene = setting.scene;
    this.open = setting.open ?? [];
    this.dataKeys = setting.dataKeys ?? new Set();
  }

  /** Nothing found yet; the results have their names. */
  static in(setting: Setting): Sources {
    const slots = new Slots(new Names(setting.reserved));
    const results = new Map<string, Result>();
    for (const [key, result] of setting.scene.results) {
      const name = slots.names.take("result");
      results.set(key, name === result.name ? result : { ...result, name });
    }
    return new Sources(setting, slots, results);
  }

  /** What is found with a copy is not found here. */
  copy(): Sources {
    const copy = new Sources(this.setting, this.slots.copy(), this.results);
    copy.holes = this.holes;
    copy.crowded = new Set(this.crowded);
    copy.read = new Set(this.read);
    copy.reordered = this.reordered;
    return copy;
  }

  get pace(): Pace {
    return this.scene.pace;
  }

  /** Whether more was found than a template may have. */
  get isTooMuch(): boolean {
    return this.slots.size + this.holes > MAX_PLACES;
  }

  get isEmpty(): boolean {
    return this.slots.known.size === 0 && this.results.size === 0;
  }

  /** Whether a reply has items of a list in an order of its own, which another list will not share. */
  get isReordered(): boolean {
    return this.reordered;
  }

  /** The tools' results, the latest first. */
  get all(): readonly Result[] {
    return [...this.results.values()].reverse();
  }

  /** The tool's result that a part is. */
  resultAt(turn: number, part: number): Result | undefined {
    return this.results.get(`${turn}/${part}`);
  }

  /** Whether anything was read out of a result. */
  isRead({ name }: Result): boolean {
    return this.read.has(name);
  }

  /** Whether the text of any turn is left open. */
  get hasOpen(): boolean {
    return this.open.length > 0;
  }

  isOpen(turn: number): boolean {
    return this.open[turn] === true;
  }

  isUser(turn: number): boolean {
    return this.scene.turns[turn]?.role === "user";
  }

  /**
   * Whether a value that nothing explains stands in a result after all: then it may be data, and the result
   * must not vary.
   */
  mayHold(text: string): boolean {
    return this.scene.holds(
      text,
      (site) => site.voice === "told" && site.path !== undefined && !this.isOpen(site.turn),
    );
  }

  /** The lists of at least `least` items in a result. */
  listsIn(result: Result, least: number): readonly List[] {
    return this.scene.listsIn(result, least);
  }

  /** Notes that a result was read. */
  noteRead({ name }: Result): void {
    this.read.add(name);
  }

  /** Notes it if values are all items of a result's list in an order that nothing explains. */
  noteOrder(values: readonly Json[]): void {
    this.reordered ||= this.all.some((result) =>
      this.listsIn(result, values.length).some((list) => isReordered(list, values)),
    );
  }

  /**
   * Makes a slot of a stretch, unless it is taken or within a result that is bound whole. Returns whether it
   * did.
   */
  take(site: Site, claim: Claim<Slot>): boolean {
    const { start, end, place } = claim;
    if (this.resultAt(site.turn, site.part) || !this.slots.isFree(site, start, end)) return false;
    this.slots.claim(site.key, claim);
    const value = site.text.slice(start, end);
    if (site.whole && !this.slots.known.has(value)) this.slots.knowTyped(place.name);
    this.slots.know(value, place.name);
    return true;
  }

  /** A hole for a target whose value the conversation holds as it is. */
  takeCopy(target: Target): Hole | undefined {
    const name = this.takeVariable(target.text, target.name);
    if (name !== undefined) return this.hole([this.asIs(name, target.site.whole)]);
    const paths = this.readWays(target);
    return paths.length > 0 ? this.hole(paths) : undefined;
  }

  /**
   * A hole for a target whose value the conversation holds in another form: another case, a date in words.
   */
  async takeForm(target: Target): Promise<Hole | undefined> {
    const { known } = this.slots;
    for (const { site, span, start, end, forms } of await this.scene.sayingOtherwise(
      target.text,
      target.site.whole,
    )) {
      if (
        site.voice !== "told" ||
        this.isOpen(site.turn) ||
        (!known.has(span) && !this.slots.isFree(site, start, end))
      )
        continue;
      const name = this.takeVariable(span, target.name);
      if (name !== undefined) return this.hole(forms.map((form) => form(variable(name))));
    }
    return undefined;
  }

  /** A hole for a target that a text of the conversation is known to stand for; none if several do. */
  takeKnown({ text, name }: Target, place: string): Hole | undefined {
    const known = this.setting.textsFor?.(place, text) ?? [];
    const [said, other] = known.filter((each) => [...this.wordsAt(each)].length > 0);
    if (said === undefined || other !== undefined) return undefined;
    const taken = this.takeVariable(said, name);
    return taken === undefined ? undefined : this.hole([callOf("known", variable(taken), constantOf(place))]);
  }

  /**
   * The expression of a value that something depends on: the variable the user has said it in, else a
   * constant.
   */
  takeConstant(value: Json): Expression {
    const text = typeof value === "string" || value instanceof Numeral ? scalarText(value) : undefined;
    const name = text === undefined || text === "" ? undefined : this.takeVariable(text, "value");
    return name === undefined ? constantOf(value) : this.asIs(name, typeof value !== "string");
  }

  /**
   * The ways to a list of values: one enumerated in a text, or what results hold. None if there are too many.
   */
  takeList(values: readonly Json[], stem: string): Expression[] {
    const isNumeric = values.every((value) => value instanceof Numeral);
    const said =
      isNumeric || values.every((value) => typeof value === "string")
        ? this.takeEnumeration(values, stem)
        : [];
    if (said.length > 0) return isNumeric ? said.map(numbersIn) : said;
    const ways: Expression[] = [];
    for (const result of this.all) {
      const found = this.listsIn(result, values.length).flatMap((list) => {
        this.pace.spend(1 + list.items.length / 4);
        return derivationsOf(list, values, (value) => this.takeConstant(value));
      });
      if (found.length > 0) this.noteRead(result);
      ways.push(...found);
    }
    if (ways.length === 0) this.noteOrder(values);
    return ways.length > MAX_PATHS ? [] : withDoubt(ways, values.length);
  }

  /**
   * The ways to a list of texts that the user or a tool enumerates in a text, whose stretch becomes a slot.
   */
  takeEnumeration(values: readonly Json[], stem: string): Expression[] {
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
      if (!found || !this.slots.isFree(site, found.start, found.end)) continue;
      const stretch = site.text.slice(found.start, found.end);
      const name = this.slots.names.take(stem);
      this.slots.claim(site.key, { start: found.start, end: found.end, place: slotLike(stretch, name) });
      this.slots.know(stretch, name);
      // A user names those that are meant; a tool lists what there is.
      return this.isUser(site.turn) ? [found.read(name)] : withDoubt([found.read(name)], values.length);
    }
    return [];
  }

  /**
   * Every way to a value in the tools' results; none if it stands in so many places that its origin is a
   * guess.
   */
  readWays(target: Target): Expression[] {
    const most = isCommon(target.text) && !target.isArgument ? 1 : MAX_PATHS;
    const paths: Expression[] = [];
    let places = 0;
    for (const site of this.scene.valuesEqual(target.text)) {
      const result = this.resultAt(site.turn, site.part);
      if (!result || site.path === undefined || this.isOpen(site.turn)) continue;
      if (target.site.whole && !site.whole) continue;
      if (++places > most) return [];
      this.noteRead(result);
      const isText = site.whole && !target.site.whole;
      paths.push(...waysTo(result, site.path).map((way) => (isText ? callOf("text", way) : way)));
    }
    return paths;
  }

  /**
   * The variable of a text: one that is known, or a new one, which then takes every place where the text is
   * said in words.
   */
  private takeVariable(text: string, stem: string): string | undefined {
    const known = this.slots.known.get(text);
    if (known !== undefined) return known;
    if (this.crowded.has(text)) return undefined;
    const places: Found[] = [];
    const most = isCommon(text) ? 1 : MAX_PLACES;
    for (const found of this.wordsAt(text)) {
      if (this.slots.isFree(found.site, found.start, found.start + text.length)) places.push(found);
      if (places.length <= most) continue;
      if (most > 1) this.crowded.add(text);
      return undefined;
    }
    if (places.length === 0) return undefined;
    const name = this.slots.names.take(stem);
    for (const { site, start } of places)
      this.slots.claim(site.key, { start, end: start + text.length, place: slotLike(text, name) });
    this.slots.know(text, name);
    return name;
  }

  private hole(hypotheses: readonly Expression[]): Hole {
    this.holes++;
    return { hypotheses };
  }

  private asIs(name: string, whole: boolean): Expression {
    return whole
      ? callOf("from_json", this.slots.isTyped(name) ? callOf("text", variable(name)) : variable(name))
      : variable(name);
  }

  /** Where a value stands in what was said in words. */
  private *wordsAt(text: string): Iterable<Found> {
    for (const found of this.scene.placesOf(text)) {
      if (found.site.voice !== "made" && found.site.path === undefined && !this.isOpen(found.site.turn))
        yield found;
    }
  }
}
