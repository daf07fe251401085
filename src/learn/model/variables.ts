/** The variables of a proposal: what is read, what is copied, what only the reply says. */
import { isIdentifier, RESERVED } from "../../template/derivation/syntax.js";
import type { Json } from "../../template/json.js";
import type { Material } from "./material.js";
import { Refused, type Span } from "./proposal.js";

export interface Variables {
  /** Those that are read out of messages, with their texts. */
  readonly read: ReadonlyMap<string, string>;
  /** Those that tools gave. */
  readonly given: ReadonlyMap<string, Json>;
  /** Those that only the reply says, with their texts. */
  readonly said: ReadonlyMap<string, string>;
}

// A name that the cache gives to what it leaves open.
const OWN = /^(?:result|said|item)(?:_\d+)?$/;

/**
 * Sorts named stretches into variables. Throws `Refused` for a name that is none, that stands for two values,
 * or that is taken by what a tool gave.
 */
export function variablesIn(spans: readonly Span[], { texts, given }: Material): Variables {
  const results = new Map(given.map(({ name, value }) => [name, value]));
  const read = new Map<string, string>();
  const said = new Map<string, string>();
  for (const { name } of spans) {
    if (!isIdentifier(name) || RESERVED.has(name) || name.startsWith("__")) throw new Refused("bad-name");
    if (results.has(name) || OWN.test(name)) throw new Refused("name-clash");
  }
  const put = (into: Map<string, string>, { name, text }: Span): void => {
    const known = into.get(name);
    if (known !== undefined && known !== text) throw new Refused("name-clash");
    into.set(name, text);
  };
  const isSaid = ({ at }: Span): boolean => texts.get(at)?.isSaid === true;
  for (const span of spans) if (!isSaid(span)) put(read, span);
  for (const span of spans) {
    if (!isSaid(span)) continue;
    const copied = read.get(span.name);
    if (copied === undefined) put(said, span);
    else if (copied !== span.text) throw new Refused("name-clash");
  }
  return { read, given: results, said };
}
