/** What learning keeps at hand of the exchanges it has seen, by scope and form. */
import type { Exchange } from "../tree/knowledge.js";

// How many exchanges of one form are kept, and of how many forms.
const GROUP_SIZE = 64;
const MAX_GROUPS = 20_000;

/** The latest exchanges of each form. Bounded; forms not seen for longest go first. */
export class Memory {
  private readonly groups = new Map<string, Exchange[]>();

  /** The exchanges of a form, oldest first. */
  of(form: string): readonly Exchange[] {
    return this.groups.get(form) ?? [];
  }

  add(form: string, exchange: Exchange): void {
    const group = this.groups.get(form) ?? [];
    if (group.some((known) => known.id === exchange.id)) return;
    group.push(exchange);
    if (group.length > GROUP_SIZE) group.shift();
    this.groups.delete(form);
    this.groups.set(form, group);
    if (this.groups.size > MAX_GROUPS) for (const oldest of this.groups.keys()) return void this.groups.delete(oldest);
  }

  /** Lets go of exchanges that were forgotten. */
  drop(ids: ReadonlySet<string>): void {
    for (const [form, group] of this.groups) {
      const left = group.filter((exchange) => !ids.has(exchange.id));
      if (left.length === 0) this.groups.delete(form);
      else if (left.length < group.length) this.groups.set(form, left);
    }
  }
}
