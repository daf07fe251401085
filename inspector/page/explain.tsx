/** Paste a request, and see step by step where it stops. */

import { useState } from "preact/hooks";
import type { ExplainedTemplate, Explanation } from "reprise";
import { api } from "./api.js";
import { percent } from "./figures.js";

const EXAMPLE = `{
  "messages": [
    { "role": "user", "content": "…" }
  ]
}`;

export function Explain() {
  const [text, setText] = useState(EXAMPLE);
  const [found, setFound] = useState<Explanation>();
  const [error, setError] = useState<string>();
  const ask = async (): Promise<void> => {
    setFound(undefined);
    let request: unknown;
    try {
      request = JSON.parse(text);
    } catch (thrown) {
      return setError(`This is no JSON: ${(thrown as Error).message}`);
    }
    try {
      // A line of a log has it beside the response.
      setFound(await api.explain((request as { request?: unknown } | null)?.request ?? request));
      setError(undefined);
    } catch (thrown) {
      setError((thrown as Error).message);
    }
  };
  return (
    <>
      <h2>Why is a request answered as it is?</h2>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void ask();
        }}
      >
        <label for="request">
          The request as JSON, as <code>cache.lookup</code> takes it
        </label>
        <textarea
          id="request"
          rows={12}
          spellcheck={false}
          value={text}
          onInput={({ currentTarget }) => setText(currentTarget.value)}
        />
        <button type="submit">Explain</button>
      </form>
      {error !== undefined && <p role="alert">{error}</p>}
      {found && <Found explanation={found} />}
    </>
  );
}

function Found({
  explanation: { sentence, outcome, steps, templates, nearest },
}: {
  readonly explanation: Explanation;
}) {
  return (
    <section aria-label="Explanation" class="explanation">
      <p class={`sentence ${outcome}`}>{sentence}</p>
      <ol class="steps">
        {steps.map(({ message, paths, refusals }, index) => (
          <li key={`${index} ${message}`} class={paths > 0 ? "fits" : "stops"}>
            <pre>{message}</pre>
            <p>
              {paths > 0
                ? `fits ${paths} ${paths === 1 ? "place" : "places"} of the tree`
                : "no template goes on from here"}
              {refusals.length > 0 && ` (${refusals.join(", ")})`}
            </p>
          </li>
        ))}
      </ol>
      {templates.length > 0 && <h3>Templates that fit</h3>}
      {templates.map((template) => (
        <Fitting key={template.template} template={template} />
      ))}
      {nearest && (
        <>
          <h3>Nearest</h3>
          <pre class="pattern">{nearest.turns.join("\n")}</pre>
          <p>
            fits up to message {nearest.message} ({nearest.role}), which {nearest.stops}
          </p>
        </>
      )}
    </section>
  );
}

function Fitting({
  template: { template, standing, turns, reply, says, agreements, doubt, doubts },
}: {
  readonly template: ExplainedTemplate;
}) {
  return (
    <div class="example">
      <p>
        <a href={`#/templates/${template}`}>{template.slice(0, 12)}</a>{" "}
        <span class={`standing ${standing}`}>{standing}</span>, right {agreements} times, expected to be
        wrong: {percent(doubt)}
      </p>
      <pre>{`${turns.at(-1) ?? ""}\n⇒ ${reply}\nhere: ${says}`}</pre>
      {doubts.length > 0 && (
        <ul class="doubts">
          {doubts.map((each) => (
            <li key={each}>{each}</li>
          ))}
        </ul>
      )}
    </div>
  );
}
