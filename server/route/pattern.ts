/** Which models a list means: names, and patterns in which `*` stands for any run of characters. */

/** Whether a list means a model. */
export function allows(list: readonly string[], model: string): boolean {
  return list.some((pattern) => fits(pattern, model));
}

/** Whether a pattern fits all of a name. Case counts, as it does for providers. */
export function fits(pattern: string, name: string): boolean {
  const [first = "", ...rest] = pattern.split("*");
  const last = rest.pop();
  if (last === undefined) return pattern === name;
  if (!name.startsWith(first) || name.length < first.length + last.length || !name.endsWith(last))
    return false;
  // What stands between two stars is looked for from the left: the first place leaves most for the rest.
  let at = first.length;
  const end = name.length - last.length;
  for (const part of rest) {
    const found = name.indexOf(part, at);
    if (found < 0 || found + part.length > end) return false;
    at = found + part.length;
  }
  return true;
}
