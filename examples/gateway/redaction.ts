/**
 * A hook that keeps e-mail addresses from the provider, and from what the cache stores: it sends placeholders, and
 * puts the addresses back into the reply. Requests that differ in nothing but an address look the same to the
 * cache, so one answer serves them all.
 */
import type { GatewayHook, JsonObject } from "reprise/hooks";

const EMAIL = /[\w.+-]+@[\w-]+(?:\.[\w-]+)+/g;
const PLACEHOLDER = /\[email-\d+\]/g;
/** What may be the beginning of a placeholder, at the end of a piece. */
const BEGUN = /\[(?:e(?:m(?:a(?:i(?:l(?:-\d*)?)?)?)?)?)?$/;

/** What a call's addresses are called, both ways. */
interface Names {
  readonly placeholders: Map<string, string>;
  readonly addresses: Map<string, string>;
}

export const hook: GatewayHook = {
  name: "redaction",

  request(body, { state }) {
    const names: Names = { placeholders: new Map(), addresses: new Map() };
    state.names = names;
    return { body: mapped(body, (text) => text.replace(EMAIL, (address) => placeholderOf(address, names))) };
  },

  reply: ({ body }, { state }) => ({ body: mapped(body, (text) => restored(text, state.names as Names)) }),

  // A placeholder may be cut in two: its beginning is kept back until the rest is there.
  chunk({ text, part, last }, { state }) {
    const whole = `${state[part] ?? ""}${text}`;
    const at = last ? -1 : whole.search(BEGUN);
    state[part] = at < 0 ? "" : whole.slice(at);
    return restored(at < 0 ? whole : whole.slice(0, at), state.names as Names);
  },
};

function placeholderOf(address: string, { placeholders, addresses }: Names): string {
  const placeholder = placeholders.get(address) ?? `[email-${placeholders.size + 1}]`;
  placeholders.set(address, placeholder);
  addresses.set(placeholder, address);
  return placeholder;
}

const restored = (text: string, { addresses }: Names): string =>
  text.replace(PLACEHOLDER, (placeholder) => addresses.get(placeholder) ?? placeholder);

/** The same JSON with every text in it changed: whatever the API, wherever it keeps its words. */
function mapped(body: JsonObject, change: (text: string) => string): JsonObject {
  const map = (value: unknown): unknown => {
    if (typeof value === "string") return change(value);
    if (Array.isArray(value)) return value.map(map);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, map(item)]));
  };
  return map(body) as JsonObject;
}
