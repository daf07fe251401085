/** Which sightings speak for an entry: those of an exchange itself, of a template those of what it gets right. */
import type { AnswerContext } from "../../answer/context.js";
import { predict } from "../../answer/predict.js";
import { visible } from "../../answer/read.js";
import { BoundedMap } from "../../template/bounded-map.js";
import { meaningOf } from "../../tree/entry.js";
import { evaluationIn } from "../../tree/evaluation.js";
import type { Entry, Exchange, Learnt } from "../../tree/knowledge.js";
import { type Seen, sightedId } from "../../tree/sightings.js";

/** The exchanges of a scope that checks have seen, as they came; `base` came before and are left out. */
interface Sighted {
  base: number;
  ids: string[];
}

/** The examples of a template among them, the latest last, up to one of these. */
interface Agreed {
  upTo: number;
  ids: string[];
}

const MOST_SCOPES = 10_000;
// Of a scope; further back it is not looked for examples of a template.
const MOST_SIGHTED = 2_000;
// How many exchanges are tried on a template in one lookup: each is tried once.
const TRIED_AT_ONCE = 250;
// Of one template.
const MOST_EXAMPLES = 250;

/** Finds examples. Each exchange is tried on each template once, when that is first asked for. */
export class Examples {
  private readonly byScope = new BoundedMap<string, Sighted>({ maxEntries: MOST_SCOPES });
  private readonly agreed = new WeakMap<Learnt, Agreed>();

  constructor(private readonly context: Pick<AnswerContext, "knowledge" | "evaluation">) {
    const { knowledge } = context;
    knowledge.watch({
      added: (entry) => {
        if (entry.kind === "exchange" && knowledge.sightings.has(entry.id)) this.add(entry);
      },
      noted: (_verb, id) => {
        const sighted = sightedId(id);
        const entry = sighted === undefined ? undefined : knowledge.get(sighted);
        if (entry?.kind === "exchange" && knowledge.sightings.of(entry.id).witnesses.size === 1)
          this.add(entry);
      },
    });
  }

  /** What was seen where an entry was right: what was found to fit last first, then the latest. */
  *of(entry: Entry): Iterable<Seen> {
    const { sightings } = this.context.knowledge;
    if (entry.kind === "exchange") {
      yield sightings.of(entry.id);
      return;
    }
    const { ids } = this.examplesOf(entry);
    for (let index = ids.length - 1; index >= 0; index--) yield sightings.of(ids[index] as string);
  }

  /** How many states of the world an entry was right in. */
  count(entry: Entry): number {
    const states = new Set<string>();
    for (const { before } of this.of(entry))
      for (const { calls } of before) states.add(calls.map(({ seen }) => seen).join("\n"));
    return states.size;
  }

  private add({ id, scope }: Exchange): void {
    const known = this.byScope.get(scope);
    if (!known) {
      this.byScope.set(scope, { base: 0, ids: [id] });
      return;
    }
    known.ids.push(id);
    if (known.ids.length < 2 * MOST_SIGHTED) return;
    known.base += MOST_SIGHTED;
    known.ids = known.ids.slice(MOST_SIGHTED);
  }

  private examplesOf(learnt: Learnt): Agreed {
    const agreed = this.agreed.get(learnt) ?? { upTo: 0, ids: [] };
    this.agreed.set(learnt, agreed);
    const sighted = this.byScope.get(learnt.scope);
    if (!sighted) return agreed;
    const end = sighted.base + sighted.ids.length;
    if (agreed.upTo === end) return agreed;
    const start = Math.max(agreed.upTo, end - TRIED_AT_ONCE, sighted.base);
    const found = new Set(agreed.ids);
    for (const id of sighted.ids.slice(start - sighted.base)) if (this.isRight(learnt, id)) found.add(id);
    agreed.upTo = end;
    agreed.ids = [...found].slice(-MOST_EXAMPLES);
    return agreed;
  }

  private isRight(learnt: Learnt, id: string): boolean {
    const { knowledge, evaluation } = this.context;
    const exchange = knowledge.get(id);
    if (exchange?.kind !== "exchange") return false;
    try {
      const said = predict(
        learnt.template,
        exchange.turns,
        evaluationIn(learnt.scope, knowledge, evaluation),
      );
      return said !== undefined && meaningOf(visible(said.reply)) === exchange.meaning;
    } catch {
      // A stored exchange that turns out to be damaged.
      return false;
    }
  }
}
