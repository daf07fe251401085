/** Data flow, from one example: a value of the reply that also stands in the conversation is data, on both sides. */
import { type Domain, domainOfKinds, isOfKind, type Kind, kindOf } from "../template/domain.js";
import { evaluate } from "../template/derivation/evaluate.js";
import { type Expression, variable } from "../template/derivation/expression.js";
import { type Json, Numeral, scalarText } from "../template/json.js";
import type { Hole, Slot, Template } from "../template/template.js";
import type { Turn } from "../template/turn.js";
import { isBoundary } from "./bind-values.js";
import { mentionsOf, tokensOf } from "./mentions.js";
import { Claims, patternOf, type Site, siteKey, sitesOf } from "./sites.js";

/** The template one exchange suggests: every value that flows into the reply a slot, everything else literal. */
export function dataFlow(turns: readonly Turn[], said: Turn): Template | undefined {
  const sites = sitesOf(turns).filter((site) => site.voice !== "fixed");
  const flow = new Flow(sites);
  const replyClaims = new Claims<Hole>();
  const targets = targetsOf(said).sort((left, right) => right.text.length - left.text.length || left.order - right.order);
  for (const target of targets) {
    const hole = flow.explain(target);
    const key = siteKey(0, target.site.part, target.site.path);
    if (hole && replyClaims.isFree(key, target.start, target.end)) replyClaims.add(key, { start: target.start, end: target.end, place: hole });
  }
  if (flow.isEmpty) return undefined;
  flow.echo();
  const patterns = turns.map((turn, index) => patternOf(turn, index, flow.claims));
  const reply = patternOf(said, 0, replyClaims);
  if (!reply || patterns.some((pattern) => pattern === undefined)) return undefined;
  return { turns: patterns as Template["turns"], reply, guards: [] };
}

/** A stretch of the reply that might be data. */
interface Target {
  readonly site: Site;
  readonly start: number;
  readonly end: number;
  readonly text: string;
  /** A stem for the variable's name. */
  readonly name: string;
  readonly order: number;
  /** A whole argument: any value may be data. In running text only what looks like data is. */
  readonly isArgument: boolean;
}

function targetsOf(said: Turn): Target[] {
  const targets: Target[] = [];
  for (const site of sitesOf([said])) {
    const name = nameOf(site);
    if (site.path !== undefined) {
      if (site.text === "" || site.text === "null" || site.text === "true" || site.text === "false") continue;
      targets.push({ site, start: 0, end: site.text.length, text: site.text, name, order: targets.length, isArgument: true });
      if (site.whole || tokensOf(site.text).length < 2) continue;
    }
    for (const mention of mentionsOf(site.text)) targets.push({ ...mention, site, name, order: targets.length, isArgument: false });
  }
  return targets;
}

function nameOf(site: Site): string {
  const key = site.path?.findLast((step) => typeof step === "string");
  return typeof key === "string" && /^[\p{L}_][\p{L}\p{N}_]*$/u.test(key) ? key : "value";
}

/** The variables found so far, and the stretches of the conversation they stand in. */
class Flow {
  readonly claims = new Claims<Slot>();
  private readonly names = new Map<string, string>();
  private readonly used = new Set<string>();

  constructor(private readonly sites: readonly Site[]) {}

  get isEmpty(): boolean {
    return this.names.size === 0;
  }

  /** A hole for a target, if the conversation holds its value, as it is or in another form. */
  explain(target: Target): Hole | undefined {
    const name = this.variableFor(target.text, target.name);
    if (name !== undefined) return { hypotheses: [asIs(name, target.site.whole)] };
    return target.isArgument ? this.transformed(target) : undefined;
  }

  /** Claims where known values stand in earlier calls too: what was sent on then is the same data. */
  echo(): void {
    for (const [text, name] of this.names) {
      for (const site of this.sites) {
        const key = keyOf(site);
        if (site.voice !== "made" || site.text !== text || !this.claims.isFree(key, 0, text.length)) continue;
        this.claims.add(key, { start: 0, end: text.length, place: slot(name, text) });
      }
    }
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

  private placesOf(text: string): { site: Site; start: number }[] {
    const places: { site: Site; start: number }[] = [];
    for (const site of this.sites) {
      if (site.voice === "made") continue;
      const key = keyOf(site);
      if (site.whole) {
        if (site.text === text && this.claims.isFree(key, 0, text.length)) places.push({ site, start: 0 });
        continue;
      }
      for (let start = site.text.indexOf(text); start >= 0; start = site.text.indexOf(text, start + text.length)) {
        const end = start + text.length;
        if (isBoundary(site.text, start) && isBoundary(site.text, end) && this.claims.isFree(key, start, end)) places.push({ site, start });
      }
    }
    return places;
  }

  /** The same words in another case or with other separators: `First floor` for `first_floor`. */
  private transformed(target: Target): Hole | undefined {
    const wanted = bare(target.text);
    if (wanted.length < 3) return undefined;
    const length = wordsIn(target.text);
    for (const site of this.sites) {
      if (site.voice !== "told" || site.whole) continue;
      const tokens = tokensOf(site.text);
      for (let first = 0; first < tokens.length; first++) {
        for (let last = first; last < Math.min(tokens.length, first + length); last++) {
          const start = tokens[first]?.start ?? 0;
          const end = tokens[last]?.end ?? 0;
          const span = site.text.slice(start, end);
          if (bare(span) !== wanted || !this.claims.isFree(keyOf(site), start, end)) continue;
          const hole = this.formOf(span, target);
          if (hole) return hole;
        }
      }
    }
    return undefined;
  }

  private formOf(span: string, target: Target): Hole | undefined {
    const bindings = new Map<string, Json>([["x", span]]);
    const functions = FORMS.filter((name) => {
      const value = evaluate({ kind: "call", name, args: [variable("x")] }, bindings);
      return value.ok && scalarText(value.value) === target.text && (value.value instanceof Numeral) === target.site.whole;
    });
    if (functions.length === 0) return undefined;
    const name = this.variableFor(span, target.name);
    if (name === undefined) return undefined;
    return { hypotheses: functions.map((form): Expression => ({ kind: "call", name: form, args: [variable(name)] })) };
  }

  private fresh(stem: string): string {
    let name = stem;
    for (let count = 2; this.used.has(name); count++) name = `${stem}_${count}`;
    this.used.add(name);
    return name;
  }
}

function keyOf(site: Site): string {
  return siteKey(site.turn, site.part, site.path);
}

function asIs(name: string, whole: boolean): Expression {
  return whole ? { kind: "call", name: "from_json", args: [variable(name)] } : variable(name);
}

function slot(name: string, text: string): Slot {
  return { name, domain: domainFor(text) };
}

/** How far a slot reaches; how much of that is trusted is for evidence to say. */
function domainFor(text: string): Domain {
  const kind = kindOf(text);
  return REACH_BY_FORM.has(kind) ? domainOfKinds(kind) : domainOfKinds(isOfKind("line", text) ? "line" : "text");
}

const REACH_BY_FORM: ReadonlySet<Kind> = new Set<Kind>(["integer", "number", "date", "time", "datetime", "uuid", "email", "url", "percent", "money", "ordinal"]);

/** A value that stands in many places by chance. */
function isWeak(text: string): boolean {
  return text.length <= 2 || /^\p{Ll}{1,4}$/u.test(text);
}

function bare(text: string): string {
  return text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "");
}

function wordsIn(text: string): number {
  return text.split(/[^\p{L}\p{N}]+/u).length + 1;
}

const FORMS = ["lower", "upper", "title", "capitalise", "snake_case", "kebab_case", "camel_case"];
