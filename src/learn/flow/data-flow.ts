/**
 * Data flow, from one example: a value of the reply that also stands in the conversation is data, on both
 * sides.
 */

import type { Json } from "../../template/json.js";
import type { Hole, ReplyPattern, Template } from "../../template/template.js";
import { isLookedUp, toolsIn } from "../../template/traits.js";
import type { Turn } from "../../template/turn.js";
import { literalTurn, mapPlaces, replyWordsIn } from "../../template/visit.js";
import { Pace } from "../schedule/pace.js";
import { withCallArguments } from "./call-arguments.js";
import { takeEarlierCalls } from "./earlier-calls.js";
import { holds } from "./enumerations.js";
import { Folds } from "./folds.js";
import { withIdleValues } from "./idle-values.js";
import { eachMention } from "./mentions.js";
import { claimSaidAgain } from "./said-again.js";
import { Scene } from "./scene.js";
import { patternOf, type Site, sitesOf } from "./sites.js";
import { Sources } from "./sources.js";
import { eachTarget, isValue, placeOf, type Target } from "./targets.js";
import { patternsOf } from "./turn-patterns.js";

/** Where a conversation is cut in two at its last step. */
interface Cut {
  /** How many turns of opening instructions there are. */
  readonly opening: number;
  /** The first turn of the step: its calls, or words where it `isSpoken`. */
  readonly step: number;
  readonly isSpoken: boolean;
}

/** The data flow of one exchange, each kind of it worked out when it is first asked for, and once. */
export class DataFlow {
  private read: Promise<Scene> | undefined;
  private flowing: Promise<Flow> | undefined;
  private opened: Promise<Template | undefined> | undefined;

  constructor(
    private readonly turns: readonly Turn[],
    private readonly said: Turn,
    private readonly pace: Pace = new Pace(),
  ) {}

  /**
   * The template one exchange suggests: every value that flows into the reply, or into a call on the way to
   * it, is a slot; a tool's JSON result is bound whole; everything else is literal. `undefined` when nothing
   * flows.
   */
  async closed(): Promise<Template | undefined> {
    return (await this.flow()).template;
  }

  /**
   * The same where a text of the conversation may stand for an argument: `textsFor` gives those that are known
   * to. `undefined` if none does.
   */
  async known(textsFor: (place: string, value: Json) => readonly string[]): Promise<Template | undefined> {
    const { template } = await flowFrom(Sources.in({ scene: await this.scene(), textsFor }), this.said);
    return template && isLookedUp(template.reply) ? template : undefined;
  }

  /**
   * The same with what looks like data in the user's words, but plays no part in this reply, left open too: a
   * name that a later step will need, a number, a quotation. `isData` tells values that arguments have held.
   * `undefined` if there is no such thing.
   */
  open(isData: (text: string) => boolean): Promise<Template | undefined> {
    this.opened ??= this.openWith(isData);
    return this.opened;
  }

  /**
   * The same for a step further on: what the user asked led to the calls that were made, and is left open;
   * the reply follows from the calls and their results. `undefined` if the reply says anything that the user
   * said.
   */
  async later(): Promise<Template | undefined> {
    const { turns, said } = this;
    const asked = turns.map((turn) => turn.role === "user");
    if (!asked.includes(true) || turns.at(-1)?.role !== "tool" || turns.length < 3) return undefined;
    const isQuestion = (site: Site): boolean => asked[site.turn] === true && site.path === undefined;
    if (await repeatsAny(said, await this.scene(), { isMeant: isQuestion })) return undefined;
    return (await flowFrom(Sources.in({ scene: await this.scene(), open: asked }), said)).template;
  }

  /**
   * The same where what the calls were sent is data too, wherever it came from. `undefined` if the reply says
   * nothing of it.
   */
  async sent(): Promise<Template | undefined> {
    const sources = withCallArguments(Sources.in({ scene: await this.scene() }), this.said);
    return sources && (await flowFrom(sources, this.said)).template;
  }

  /**
   * Whether the reply says anything, in whatever form, that stands between the opening instructions and the
   * last step, unless the instructions or the step say it as well.
   */
  async repeatsBefore({ opening, step, isSpoken }: Cut): Promise<boolean> {
    const scene = await this.scene();
    const instructions = sitesOf(this.turns.slice(0, opening));
    const isBefore = ({ turn }: Site): boolean => turn >= opening && turn < step;
    const isOfStep = ({ turn, voice }: Site): boolean =>
      turn > step || (turn === step && (isSpoken || voice === "made"));
    const standsElsewhere = (text: string): boolean =>
      scene.holds(text, isOfStep) || instructions.some((site) => holds(site.text, text));
    return repeatsAny(this.said, scene, { isMeant: isBefore, standsElsewhere });
  }

  /** The conversation, read once. */
  scene(): Promise<Scene> {
    this.read ??= Scene.of(this.turns, this.pace);
    return this.read;
  }

  private async flow(): Promise<Flow> {
    this.flowing ??= flowFrom(Sources.in({ scene: await this.scene() }), this.said);
    return this.flowing;
  }

  private async openWith(isData: (text: string) => boolean): Promise<Template | undefined> {
    const { sources, template: before } = await this.flow();
    const more = sources.isTooMuch ? undefined : await withIdleValues(sources, isData);
    const turns = more && (await patternsOf(more));
    return (
      turns && {
        turns,
        reply: before?.reply ?? mapPlaces(literalTurn(this.said), (never) => never),
        guards: [],
      }
    );
  }
}

/**
 * Whether a reply says anything that stands at sites that are meant, in whatever form, unless it stands
 * elsewhere as well.
 */
async function repeatsAny(
  said: Turn,
  scene: Scene,
  {
    isMeant,
    standsElsewhere = () => false,
  }: { readonly isMeant: (site: Site) => boolean; readonly standsElsewhere?: (text: string) => boolean },
): Promise<boolean> {
  const { pace } = scene;
  for (const reply of sitesOf([said]).filter(isValue)) {
    for (const mention of reply.path === undefined ? eachMention(reply.text) : [reply]) {
      pace.spend(1);
      if (scene.isDue) await scene.catchBreath();
      const text = mention?.text;
      if (text === undefined) continue;
      const isSaid =
        scene.holds(text, isMeant) ||
        (await scene.sayingOtherwise(text, reply.whole)).some(({ site }) => isMeant(site));
      if (isSaid && !standsElsewhere(text)) return true;
    }
  }
  return false;
}

/** What was found, and the template of it. */
interface Flow {
  readonly sources: Sources;
  readonly template: Template | undefined;
}

/** The data flow of an exchange with its lists as lists; as single values, if that leads nowhere. */
async function flowFrom(known: Sources, said: Turn): Promise<Flow> {
  const folds = await Folds.of(said, known);
  const { sources } = folds;
  const template = await flowThrough(folds);
  if (template || folds.isEmpty || sources.isReordered || sources.isTooMuch) return { sources, template };
  const single = Folds.none(said, known);
  return { sources: single.sources, template: await flowThrough(single) };
}

/** The template of a reply whose lists are taken out. What its other values come from is added to `folds`. */
async function flowThrough(folds: Folds): Promise<Template | undefined> {
  const { said, claims, sources } = folds;
  const { scene, pace } = sources;
  let targets: Target[] = [];
  for (const target of eachTarget(said, claims)) {
    if (target) targets.push(target);
    pace.spend(1);
    if (pace.tired) await pace.rest();
  }
  let open: Target[] = [];
  const place = (target: Target, hole: Hole | undefined): void => {
    if (!hole) open.push(target);
    else if (claims.isFree(target.site.key, target.start, target.end))
      claims.add(target.site.key, { start: target.start, end: target.end, place: hole });
  };
  // 1. What is copied as it is, the longest first; then what stands there in another form.
  for (const find of [
    (target: Target) => sources.takeCopy(target),
    (target: Target) => (target.isArgument ? sources.takeForm(target) : undefined),
    (target: Target) => {
      const part = said.parts[target.site.part];
      return target.isArgument && part?.kind === "call" && !target.site.whole
        ? sources.takeKnown(target, placeOf(part.tool, target.site.path ?? []))
        : undefined;
    },
  ]) {
    for (const target of longestFirst(targets)) {
      pace.spend(1);
      if (scene.isDue) await scene.catchBreath();
      place(target, await find(target));
      if (sources.isTooMuch) return undefined;
    }
    targets = open;
    open = [];
  }
  // 2. The calls on the way, by the same rules.
  await takeEarlierCalls(sources);
  if (sources.isEmpty || sources.isReordered || sources.isTooMuch) return undefined;
  claimSaidAgain(folds);
  for (const target of targets) {
    if (scene.isDue) await scene.catchBreath();
    if (sources.mayHold(target.text)) return undefined;
  }

  const patterns = await patternsOf(sources);
  const reply = patternOf(said, 0, claims);
  if (!reply || !patterns) return undefined;
  return { turns: patterns, reply: withoutLooseTalk(folds.unfolded(reply), targets), guards: [] };
}

/** The longest first; of those that are equally long, the one that comes first. */
function* longestFirst(targets: readonly Target[]): Iterable<Target> {
  const byLength = new Map<number, Target[]>();
  for (const target of targets) {
    const alike = byLength.get(target.text.length);
    if (alike) alike.push(target);
    else byLength.set(target.text.length, [target]);
  }
  for (const length of [...byLength.keys()].sort((left, right) => right - left))
    yield* byLength.get(length) ?? [];
}

/**
 * Words beside a call are left out if they hold data that is not explained: another conversation must not be
 * told it.
 */
export function withoutLooseTalk(reply: ReplyPattern<Hole>, open: readonly Target[]): ReplyPattern<Hole> {
  if (toolsIn(reply).length === 0 || !open.some((target) => target.site.path === undefined)) return reply;
  return { ...reply, parts: reply.parts.filter((part) => replyWordsIn(part) === undefined) };
}
