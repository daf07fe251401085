/** The tree of templates beside the one that is selected. */
import type { Seen } from "./app.js";
import { Details } from "./details.js";
import { TreeView } from "./tree.js";

const CHANGES = new Set(["learned", "promoted", "retired", "reviewed", "forgotten"]);

export function Templates({
  selected,
  seen,
}: {
  readonly selected: string | undefined;
  readonly seen: Seen;
}) {
  const { live = 0, candidate = 0, retired = 0 } = seen.stats?.templates ?? {};
  // What is shown is read again when this is another one.
  const last = seen.happened.findLast(({ name }) => CHANGES.has(name));
  const changes = `${live} ${candidate} ${retired} ${last?.at} ${last?.name}`;
  return (
    <div class="split">
      <section aria-label="Tree of templates">
        <h2>
          {live + candidate + retired} templates <small>enter opens, arrows walk</small>
        </h2>
        <TreeView selected={selected} changes={changes} />
      </section>
      <section aria-label="Selected template" aria-live="polite">
        {selected ? (
          <Details key={selected} id={selected} changes={`${changes} ${seen.stats?.hits.template}`} />
        ) : (
          <p>Select a reply in the tree to see what it is sure of, and why.</p>
        )}
      </section>
    </div>
  );
}
