/** Whether a reply is from the model that was asked. */

// A provider tells which version of a model has answered: "gpt-4o" is "gpt-4o-2024-08-06", "claude" is
// "claude@20250514".
const VERSION = /^[-@:](?:\d[\d.-]*|latest|preview)$/;

/**
 * Whether a model's name in a reply means the one that was asked: the same, without a vendor before it, or
 * with a version behind it. A reply that names no model may be from it.
 */
export function isFrom(replied: unknown, asked: unknown): boolean {
  if (typeof replied !== "string" || replied === "" || typeof asked !== "string" || asked === "") return true;
  const [one, other] = [bare(replied), bare(asked)];
  return one === other || isVersionOf(one, other) || isVersionOf(other, one);
}

/** "openai/gpt-4o-latest" is "gpt-4o". */
const bare = (name: string): string =>
  name
    .slice(name.lastIndexOf("/") + 1)
    .replace(/[-:]latest$/, "")
    .toLowerCase();

const isVersionOf = (version: string, name: string): boolean =>
  version.startsWith(name) && VERSION.test(version.slice(name.length));
