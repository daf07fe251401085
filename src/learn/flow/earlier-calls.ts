/**
 * The arguments of the calls on the way to a reply: what was sent then is data too, and varies with its
 * source.
 */
import type { Json } from "../../template/json.js";
import type { Hole } from "../../template/template.js";
import { reachOf } from "../align/reach.js";
import { siteKey } from "./sites.js";
import { slotLike } from "./slots.js";
import type { Sources } from "./sources.js";
import { isValue, listTargetsOf, nameOf, type Target } from "./targets.js";

/** How a value comes about; `undefined` where that is not known. */
export type Explain = (target: Target) => Promise<Hole | undefined>;

/**
 * Takes, from `sources`, what the arguments of earlier calls come from, and makes slots of them. `explain`
 * says how each came about.
 */
export async function takeEarlierCalls(
  sources: Sources,
  explain: Explain = async (target) => sources.takeCopy(target) ?? (await sources.takeForm(target)),
): Promise<void> {
  const { scene, slots, pace } = sources;
  for (const [turn, { parts }] of scene.turns.entries()) {
    for (const [part, content] of parts.entries())
      if (content.kind === "call") await takeLists(sources, { turn, part }, content.args);
  }
  for (const site of scene.sites) {
    if (site.voice !== "made" || sources.isOpen(site.turn)) continue;
    pace.spend(1);
    if (scene.isDue) await scene.catchBreath();
    if (sources.isTooMuch) return;
    if (slots.isWithin(site.turn, site.part, site.path)) continue;
    if (!isValue(site) || !slots.isFree(site, 0, site.text.length)) continue;
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
    const name =
      only?.kind === "variable" && hole.hypotheses.length === 1 ? only.name : slots.names.take(target.name);
    slots.claim(site.key, { start: 0, end: site.text.length, place: slotLike(site.text, name) });
  }
}

async function takeLists(
  sources: Sources,
  { turn, part }: { turn: number; part: number },
  args: Json,
): Promise<void> {
  const { scene, slots } = sources;
  for (const { path, items } of listTargetsOf(args)) {
    await scene.readyFor(items.length);
    if (slots.isWithin(turn, part, path) || sources.takeList(items, nameOf(path)).length === 0) continue;
    const place = { name: slots.names.take(nameOf(path)), domain: reachOf([...items]) };
    slots.claim(siteKey(turn, part, path), { start: 0, end: 1, place });
  }
}
