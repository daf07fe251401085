/** Whether a provider looked something up for a reply, of which only the sources are left. */

const ACCOUNT = /grounding|web_?search|search_?results|url_?context|^citations$|^tool_outputs$/i;

/**
 * Whether a provider's account of a reply (its metadata) tells of a search. What was found today is no answer
 * for tomorrow, and a replay could not make it good.
 */
export function tellsOfSearch(account: unknown): boolean {
  if (typeof account !== "object" || account === null) return false;
  return Object.entries(account).some(([name, value]) => ACCOUNT.test(name) && !isVoid(value));
}

function isVoid(value: unknown): boolean {
  if (value === null || value === undefined || value === false || value === 0 || value === "") return true;
  return typeof value === "object" && Object.keys(value).length === 0;
}
