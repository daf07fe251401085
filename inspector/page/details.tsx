/** One template: what it reads and says, what speaks for and against it, and a person's word on it. */

import { useEffect, useState } from "preact/hooks";
import type { TemplateDetails, TemplateExample } from "reprise";
import { api } from "./api.js";
import { count, moment, percent } from "./figures.js";

export function Details({ id, changes }: { readonly id: string; readonly changes: string }) {
  const [template, setTemplate] = useState<TemplateDetails>();
  const [error, setError] = useState<string>();
  useEffect(() => {
    api.template(id).then(
      (found) => {
        setTemplate(found);
        setError(undefined);
      },
      (thrown: Error) => setError(thrown.message),
    );
  }, [id, changes]);
  if (error !== undefined) return <p role="alert">{error}</p>;
  if (!template) return <p>Reading …</p>;
  return (
    <article>
      <h2>
        Template <code>{template.id.slice(0, 12)}</code>{" "}
        <span class={`standing ${template.standing}`}>{template.standing}</span>
      </h2>
      <Pattern template={template} />
      <Evidence template={template} />
      <Decide id={id} onDecided={setTemplate} />
      <Slots template={template} />
      <Derivations template={template} />
      <Reviews template={template} />
      <Examples
        title="Last hits"
        empty="Not served by this process."
        examples={template.hits.map(({ id: answer, at, message = "" }) => ({
          key: answer,
          at,
          text: message,
        }))}
      />
      <Examples
        title="Examples"
        empty="No recorded exchange fits it any more."
        examples={template.examples.map(shown)}
      />
      <Examples
        title="Contradicted by"
        empty="Nothing has contradicted it."
        examples={template.contradicted.map(shown)}
      />
    </article>
  );
}

function shown({ exchange, at, turns, reply, seen = [] }: TemplateExample) {
  const states = seen.map((state) => `\nchecks saw ${state}`);
  return { key: exchange, at, text: `${turns.at(-1) ?? ""}\n⇒ ${reply}${states.join("")}` };
}

function Pattern({
  template: { turns, guards, reply, continuation },
}: {
  readonly template: TemplateDetails;
}) {
  return (
    <pre class="pattern">
      {continuation && "… (after any steps)\n"}
      {turns.join("\n")}
      {guards.map((guard) => `\nif ${guard}`)}
      {`\n⇒ ${reply}`}
    </pre>
  );
}

function Evidence({ template }: { readonly template: TemplateDetails }) {
  const {
    agreements,
    contradictions,
    doubt,
    standing,
    missingAgreements,
    doubts,
    approved,
    origin,
    model,
    learnedAt,
    served,
  } = template;
  return (
    <>
      <dl class="facts">
        <dt>Right</dt>
        <dd>{count(agreements)} times, with different values</dd>
        <dt>Wrong</dt>
        <dd>{count(contradictions)} times</dd>
        <dt>Expected to be wrong</dt>
        <dd>{percent(doubt)}</dd>
        <dt>Served</dt>
        <dd>{count(served)} times since the start</dd>
        <dt>Learned</dt>
        <dd>
          {moment(learnedAt)}, {origin}
          {model !== undefined && `, of ${model}`}
        </dd>
        {approved && <dt>Approved</dt>}
        {approved && (
          <dd>
            by {approved.author}: {approved.reason}
          </dd>
        )}
      </dl>
      {standing === "candidate" && (
        <p>
          Not served yet:{" "}
          {missingAgreements === undefined
            ? "more agreements alone are not enough."
            : `more agreements needed: ${missingAgreements}.`}
        </p>
      )}
      {doubts.length > 0 && (
        <ul class="doubts">
          {doubts.map((each) => (
            <li key={each}>{each}</li>
          ))}
        </ul>
      )}
    </>
  );
}

function Decide({
  id,
  onDecided,
}: {
  readonly id: string;
  readonly onDecided: (template: TemplateDetails) => void;
}) {
  const [reason, setReason] = useState("");
  const [author, setAuthor] = useState(() => localStorage.getItem("reprise-author") ?? "");
  const [said, setSaid] = useState<string>();
  const [isSure, setSure] = useState(false);
  const isReady = reason.trim() !== "" && author.trim() !== "";
  const decide = async (verdict: "approve" | "retire"): Promise<void> => {
    try {
      localStorage.setItem("reprise-author", author);
      onDecided(await api.review({ id, verdict, reason, author }));
      setSaid(verdict === "approve" ? "Approved." : "Retired.");
      setReason("");
    } catch (thrown) {
      setSaid((thrown as Error).message);
    }
  };
  const forget = async (): Promise<void> => {
    if (!isSure) return setSure(true);
    try {
      await api.forget(id);
      location.hash = "#/templates";
    } catch (thrown) {
      setSaid((thrown as Error).message);
    }
  };
  return (
    <form class="decide" onSubmit={(event) => event.preventDefault()}>
      <label>
        Your name{" "}
        <input
          name="author"
          value={author}
          maxLength={100}
          onInput={({ currentTarget }) => setAuthor(currentTarget.value)}
        />
      </label>
      <label>
        Reason{" "}
        <input
          name="reason"
          value={reason}
          maxLength={500}
          onInput={({ currentTarget }) => setReason(currentTarget.value)}
        />
      </label>
      <button type="button" disabled={!isReady} onClick={() => void decide("approve")}>
        Approve
      </button>
      <button type="button" disabled={!isReady} onClick={() => void decide("retire")}>
        Retire
      </button>
      <button type="button" class="danger" onClick={() => void forget()}>
        {isSure ? "Erase it everywhere?" : "Forget"}
      </button>
      <output>{said}</output>
    </form>
  );
}

function Slots({ template: { slots } }: { readonly template: TemplateDetails }) {
  if (slots.length === 0) return null;
  return (
    <table>
      <caption>Slots</caption>
      <thead>
        <tr>
          <th scope="col">Name</th>
          <th scope="col">Takes</th>
          <th scope="col">Has read</th>
        </tr>
      </thead>
      <tbody>
        {slots.map(({ name, domain, turn, values }) => (
          <tr key={`${turn} ${name}`}>
            <th scope="row">{name}</th>
            <td>
              <code>{domain}</code>
            </td>
            <td>{values.slice(0, 5).join(", ")}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Derivations({ template: { derivations } }: { readonly template: TemplateDetails }) {
  if (derivations.length === 0) return null;
  return (
    <table>
      <caption>What the reply is made of</caption>
      <tbody>
        {derivations.map(({ place, ways }) => (
          <tr key={place}>
            <th scope="row">{place}</th>
            <td>
              <code>{ways.join(" ≡ ")}</code>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Reviews({ template: { reviews } }: { readonly template: TemplateDetails }) {
  if (reviews.length === 0) return null;
  return (
    <>
      <h3>Reviews</h3>
      <ul>
        {reviews.map(({ verdict, author, reason, at }) => (
          <li key={`${at} ${verdict}`}>
            {verdict}d by <b>{author}</b> at {moment(at)}: {reason}
          </li>
        ))}
      </ul>
    </>
  );
}

interface Listed {
  readonly title: string;
  readonly empty: string;
  readonly examples: readonly { readonly key: string; readonly at: number; readonly text: string }[];
}

function Examples({ title, empty, examples }: Listed) {
  return (
    <>
      <h3>{title}</h3>
      {examples.length === 0 && <p class="dim">{empty}</p>}
      {examples.map(({ key, at, text }) => (
        <div key={key} class="example">
          <time>{moment(at)}</time>
          <pre>{text}</pre>
        </div>
      ))}
    </>
  );
}
