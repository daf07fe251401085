/**
 * What looks like data among the user's words and plays no part in the reply: a name a later step will need,
 * a number, a quotation.
 */
import { eachMention, eachToken, type Mention } from "./mentions.js";
import type { Site } from "./sites.js";
import { slotLike } from "./slots.js";
import type { Sources } from "./sources.js";

// More idle data than this in one message is a document: no other one will have as much in the same places.
const MAX_IDLE = 400;

/**
 * `sources` with a slot for each such value. `isData` tells values that are known as data, though they look
 * like words. `undefined` where there is none, or too many of them. `sources` itself stays as it is.
 */
export async function withIdleValues(
  sources: Sources,
  isData: (text: string) => boolean,
): Promise<Sources | undefined> {
  const more = sources.copy();
  for (const site of sources.scene.sites) {
    if (site.voice !== "told" || site.path !== undefined || !more.isUser(site.turn) || more.isOpen(site.turn))
      continue;
    const mentions = await mentionsIn(site, more, isData);
    if (!mentions) return undefined;
    mentions.sort((left, right) => right.text.length - left.text.length || left.start - right.start);
    for (const { start, end, text } of mentions) {
      // Two slots must not touch.
      if (!more.slots.isFree(site, start - 1, end + 1)) continue;
      more.slots.claim(site.key, { start, end, place: slotLike(text, more.slots.names.take("other")) });
    }
    if (more.isTooMuch) return undefined;
  }
  return more.slots.size > sources.slots.size ? more : undefined;
}

/** What looks like data in a text, or is known to be; `undefined` if that is too much. */
async function mentionsIn(
  site: Site,
  { pace }: Sources,
  isData: (text: string) => boolean,
): Promise<Mention[] | undefined> {
  const mentions: Mention[] = [];
  for (const found of [eachMention(site.text), eachKnown(site.text, isData)]) {
    for (const mention of found) {
      if (mention) mentions.push(mention);
      if (mentions.length > MAX_IDLE) return undefined;
      pace.spend(1);
      if (pace.tired) await pace.rest();
    }
  }
  return mentions;
}

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
