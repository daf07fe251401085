/**
 * What a step's calls were sent, as data of what follows: "The {{device}} in the {{room}} is on." after
 * `set_state(device, room, on=true)`, whoever asked for it in whatever words.
 */
import type { Turn } from "../../template/turn.js";
import { eachMention, tokensOf } from "./mentions.js";
import { startsOf } from "./said-again.js";
import { type Site, sitesOf } from "./sites.js";
import { slotLike } from "./slots.js";
import type { Sources } from "./sources.js";
import { isValue, nameOf } from "./targets.js";

// Calls that send more, and longer replies in characters, are documents: what they share says little.
const MAX_ARGUMENTS = 100;
const MAX_LENGTH = 20_000;

/**
 * `sources` with slots for those arguments of the calls in its conversation that the reply repeats, or that
 * look like data: a name, a number, a quotation, a sentence of several words. A state in a word of its own
 * ("on", "late") that the reply leaves out stays as it is, since it may be what the reply is about.
 * `undefined` if the reply repeats none, or one that was sent under two names: which of them is meant is a
 * guess. `sources` itself stays as it is.
 */
export function withCallArguments(sources: Sources, said: Turn): Sources | undefined {
  const found = sources.copy();
  const reply = sitesOf([said]);
  const made = found.scene.sites.filter(({ voice }) => voice === "made");
  const length = reply.reduce((sum, { text }) => sum + text.length, 0);
  if (made.length > MAX_ARGUMENTS || length > MAX_LENGTH) return undefined;
  const sent = new Set<string>();
  let isRepeated = false;
  for (const site of made) {
    if (!isValue(site)) continue;
    const repeats = reply.some((each) => says(each, site));
    if (!repeats && !looksLikeData(site)) continue;
    if (repeats && sent.has(site.text)) return undefined;
    sent.add(site.text);
    isRepeated ||= repeats;
    const place = slotLike(site.text, found.slots.names.take(nameOf(site.path)));
    found.take(site, { start: 0, end: site.text.length, place });
  }
  return isRepeated ? found : undefined;
}

/** Whether a place of a reply is a value, or has it among its words. */
function says(place: Site, { text, whole }: Site): boolean {
  if (place.whole) return whole && place.text === text;
  return place.text === text || startsOf(place.text, text).length > 0;
}

// So many words and more are a sentence: it is worded anew each time.
const SENTENCE = 4;

/** Whether what was sent varies from run to run by its looks. */
function looksLikeData({ text, whole }: Site): boolean {
  if (whole || tokensOf(text).length >= SENTENCE) return true;
  for (const mention of eachMention(text)) if (mention) return true;
  return false;
}
