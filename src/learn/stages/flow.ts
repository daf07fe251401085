/** Learns from one example by data flow. */
import { bindingsOf } from "../../answer/predict.js";
import type { Template } from "../../template/template.js";
import { isLookedUp } from "../../template/traits.js";
import type { Exchange } from "../../tree/knowledge.js";
import { versionsOf, withVersions } from "../flow/versions.js";
import type { Observation } from "../observation.js";
import type { Stage, Workshop } from "../stage.js";
import { lookupsIn } from "../trial/lookups-shown.js";
import { partedByOthers } from "../trial/parted.js";
import { keepIfSound, witnessesFor } from "../trial/trial.js";

/**
 * Up to four templates of one exchange: its data flow, the same with idle data left open, with the question
 * left open, and with values that something in it is known to stand for.
 */
export const learnFlow: Stage = {
  name: "flow",
  async run(observation, workshop) {
    const { exchange, flow, pace } = observation;
    const { args } = workshop.knowledge.scope(exchange.scope);
    for (const find of [
      () => flow.closed(),
      () => flow.open((text) => args.isData(text)),
      () => flow.later(),
      async () => (args.hasLookups ? flow.known((place, value) => args.textsFor(place, value)) : undefined),
    ]) {
      const template = await find();
      if (pace.overdue) await pace.rest();
      const parted = template && partedByOthers(template, observation, workshop);
      if (parted) {
        showLookups(parted, observation, workshop);
        await keepSettled(parted, exchange, workshop);
      }
      if (pace.overdue) await pace.rest();
    }
  },
};

/** A template that says what a text is known to stand for gives its own example only once that is known. */
function showLookups({ turns, reply }: Template, observation: Observation, workshop: Workshop): void {
  const bindings = isLookedUp(reply) ? bindingsOf(turns, observation.turns) : undefined;
  if (bindings)
    workshop.know(
      observation.exchange.scope,
      lookupsIn({ turns, reply }, bindings, { observation, workshop }),
    );
}

/**
 * Keeps a template with those ways to read its lists that no known exchange speaks against; none, if nothing
 * is left.
 */
async function keepSettled(template: Template, exchange: Exchange, workshop: Workshop): Promise<void> {
  const versions = versionsOf(template);
  const open: number[] = [];
  for (const [index, version] of versions.entries())
    if (await witnessesFor(version, [exchange], workshop)) open.push(index);
  // What has been decided by another example need not be doubted again.
  const known = open.filter((index) => !workshop.isNew(versions[index] as Template, exchange));
  if (known.length > 0)
    for (const index of known) await keepIfSound(versions[index] as Template, [exchange], workshop);
  else if (versions.length === 0) await keepIfSound(template, [exchange], workshop);
  else if (open.length > 0) await keepIfSound(withVersions(template, open), [exchange], workshop);
}
