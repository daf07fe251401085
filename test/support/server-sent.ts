/** A stream of server-sent events, as providers write them. */

/** Each event as JSON; `named`: under its type, as Anthropic's are. */
export function serverSent(events: readonly object[], named = false): string {
  return events
    .map((event) => {
      const name = named ? `event: ${(event as { readonly type: string }).type}\n` : "";
      return `${name}data: ${JSON.stringify(event)}\n\n`;
    })
    .join("");
}
