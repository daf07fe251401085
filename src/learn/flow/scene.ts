/**
 * A conversation laid out for data flow: its texts and values with their places, and what is found of a value
 * among them.
 */
import type { Turn } from "../../template/turn.js";
import type { Pace } from "../schedule/pace.js";
import { type Clauses, clausesIn } from "./clauses.js";
import { type Formed, Spans } from "./forms.js";
import { type List, listsIn } from "./lists.js";
import type { Result } from "./result-paths.js";
import { eachSite, type Site } from "./sites.js";
import { WordPlaces } from "./word-places.js";

/** A value found at a site. */
export interface Found {
  readonly site: Site;
  readonly start: number;
}

/** A stretch of a site that says a value in another form. */
export interface FoundForm extends Formed {
  readonly site: Site;
}

// Clauses are looked for in texts up to this long, and so many characters of them are read in the time of a
// step.
const MAX_TEXT = 20_000;
const READ = 256;
// How many beginnings of a value are looked for in the time of a step.
const LOOKS = 8;

/**
 * What a conversation says, but for its instructions. Read once; every search of the same conversation asks
 * it.
 */
export class Scene {
  readonly sites: readonly Site[];
  /** The tools' JSON results, by turn and part. */
  readonly results: ReadonlyMap<string, Result>;
  private readonly words: WordPlaces;
  private spans: Spans | undefined;
  private readonly worded: readonly Site[];
  private readonly resultSites = new Map<string, Site[]>();
  private repeated: readonly (Clauses & { readonly site: Site })[] | undefined;
  private readonly lists = new Map<Result, Map<number, List[]>>();

  private constructor(
    readonly turns: readonly Turn[],
    { sites, words }: { readonly sites: readonly Site[]; readonly words: WordPlaces },
    readonly pace: Pace,
  ) {
    this.sites = sites;
    this.words = words;
    this.worded = sites.filter(({ voice, path }) => voice !== "made" && path === undefined);
    const results = new Map<string, Result>();
    for (const [turn, { parts }] of turns.entries()) {
      for (const [index, part] of parts.entries()) {
        const name = results.size === 0 ? "result" : `result_${results.size + 1}`;
        if (part.kind === "json") results.set(`${turn}/${index}`, { name, value: part.value });
      }
    }
    this.results = results;
    for (const site of sites) {
      if (site.voice !== "told" || site.path === undefined) continue;
      const alike = this.resultSites.get(site.text);
      if (alike) alike.push(site);
      else this.resultSites.set(site.text, [site]);
    }
  }

  /** Reads a conversation. */
  static async of(turns: readonly Turn[], pace: Pace): Promise<Scene> {
    const sites: Site[] = [];
    for (const [turn, each] of turns.entries()) {
      for (const site of eachSite([each], turn)) {
        if (site.voice === "fixed") break;
        sites.push(site);
        pace.spend(1);
        if (pace.tired) await pace.rest();
      }
    }
    const words = new WordPlaces(
      sites.map(({ text }) => text),
      pace,
    );
    return new Scene(turns, { sites, words }, pace);
  }

  /** To be awaited in long loops, where `isDue`: lets other work run, and makes what many searches need. */
  async catchBreath(): Promise<void> {
    if (this.words.isWorn) await this.words.read();
    if (this.pace.overdue) await this.pace.rest();
  }

  /** To be awaited before so many searches that follow each other without a rest. */
  async readyFor(searches: number): Promise<void> {
    this.pace.spend(searches);
    if (this.words.isWornBy(searches)) await this.words.read();
    if (this.pace.tired) await this.pace.rest();
  }

  /** Whether it is time to catch breath. */
  get isDue(): boolean {
    return this.pace.tired || this.words.isWorn;
  }

  /** Where a value stands, from token boundary to token boundary. */
  *placesOf(value: string): Iterable<Found> {
    for (const { text, start } of this.words.of(value)) yield { site: this.sites[text] as Site, start };
  }

  /** Whether a value stands at a site that is meant. */
  holds(value: string, isMeant: (site: Site) => boolean): boolean {
    for (const { site } of this.placesOf(value)) if (isMeant(site)) return true;
    return false;
  }

  /** The values in the tools' results that are this text. */
  valuesEqual(text: string): readonly Site[] {
    return this.resultSites.get(text) ?? [];
  }

  /** The stretches of what was said in words that say a value in another form. */
  async sayingOtherwise(value: string, isNumber: boolean): Promise<FoundForm[]> {
    this.spans ??= new Spans(this.worded.map(({ text }) => text));
    this.pace.spend(1 + value.length / LOOKS);
    for (const _ of this.spans.readFor(value)) {
      this.pace.spend(1);
      if (this.pace.tired) await this.pace.rest();
    }
    return this.spans
      .saying(value, isNumber)
      .map((formed) => ({ ...formed, site: this.worded[formed.source] as Site }));
  }

  /** The runs of clauses in what the user has said. */
  clauses(): readonly (Clauses & { readonly site: Site })[] {
    this.repeated ??= this.sites
      .filter(({ turn, path, text }) => this.turns[turn]?.role === "user" && !path && text.length <= MAX_TEXT)
      .flatMap((site) => {
        this.pace.spend(1 + site.text.length / READ);
        return clausesIn(site.text).map((found) => ({ ...found, site }));
      });
    return this.repeated;
  }

  /** The lists of at least `least` items in a result. */
  listsIn(result: Result, least: number): readonly List[] {
    const known = this.lists.get(result) ?? new Map<number, List[]>();
    this.lists.set(result, known);
    let lists = known.get(least);
    if (!lists) {
      lists = listsIn(result, least);
      known.set(least, lists);
    }
    return lists;
  }
}
