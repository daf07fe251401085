/** How options that are not set stay out of what is recorded. */

/** A record without its undefined fields. */
export function defined(value: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined));
}
