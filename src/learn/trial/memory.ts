/** What learning keeps at hand of the exchanges it has seen, by scope and form. */
import type { Exchange } from "../../tree/knowledge.js";

// How many exchanges of one form are kept, and of how many forms.
const GROUP_SIZE = 64;
const MAX_GROUPS = 20_000;

/** The latest exchanges of each form. Bounded; forms not seen for longest go first. */
export class Memory {
  private readonly groups = new Map<string, Exchange[]>();
  private readonly ids = new Set<string>();

  /** The exchanges of a form, oldest first. */
  of(form: string): readonly Exchange[] {
    return this.groups.get(form) ?? [];
  }

  /** Whether an exchange is among those kept. */
  has({ id }: Exchange): boolean {
    return this.ids.has(id);
  }

  add(form: string, exchange: Exchange): void {
    if (this.ids.has(exchange.id)) return;
    const group = this.groups.get(form) ?? [];
    group.push(exchange);
    this.ids.add(exchange.id);
    if (group.length > GROUP_SIZE) this.ids.delete(group.shift()?.id ?? "");
    this.groups.delete(form);
    this.groups.set(form, group);
    if (this.groups.size <= MAX_GROUPS) return;
    for (const [oldest, exchanges] of this.groups) {
      this.groups.delete(oldest);
      for (const { id } of exchanges) this.ids.delete(id);
      return;
    }
  }

  /** Lets go of exchanges that were forgotten. */
  drop(ids: ReadonlySet<string>): void {
    for (const id of ids) this.ids.delete(id);
    for (const [form, group] of this.groups) {
      const left = group.filter((exchange) => !ids.has(exchange.id));
      if (left.length === 0) this.groups.delete(form);
      else if (left.length < group.length) this.groups.set(form, left);
    }
  }
}
