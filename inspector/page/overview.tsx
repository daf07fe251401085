/** What happens: figures, the last hour as drawings, and events as they come. */
import type { Stats } from "reprise";
import type { Seen } from "./app.js";
import { Chart } from "./chart.js";
import { count, dollars, percent, time } from "./figures.js";

export function Overview({ seen: { stats, samples, happened } }: { readonly seen: Seen }) {
  if (!stats) return <p>Waiting for the first figures …</p>;
  return (
    <>
      <h2 class="hidden">Overview</h2>
      <Figures stats={stats} />
      <div class="charts">
        <Chart
          title="Hits and misses a minute"
          samples={samples}
          lines={[
            { label: "hits", of: ({ hits }) => hits, kind: "good", isRate: true },
            { label: "misses", of: ({ misses }) => misses, kind: "plain", isRate: true },
            { label: "wrong hits found", of: ({ wrong }) => wrong, kind: "bad", isRate: true },
          ]}
        />
        <Chart
          title={stats.money ? "Saved, in US dollars" : "Saved tokens"}
          samples={samples}
          lines={[
            {
              label: "saved",
              of: ({ tokens, dollars: worth }) => (stats.money ? worth : tokens),
              kind: "good",
            },
          ]}
        />
      </div>
      <div class="columns">
        <Counts title="Misses by reason" counts={stats.misses} />
        <Counts title="Bypasses by reason" counts={stats.bypasses} />
        <Counts title="Not kept, by reason" counts={stats.refused} />
        <Counts title="Survived failures" counts={stats.faults} />
      </div>
      <section aria-label="Last events">
        <h2>Last events</h2>
        {happened.length === 0 && <p>Nothing has happened yet.</p>}
        <ol class="events">
          {happened
            .slice(-30)
            .toReversed()
            .map(({ at, name, detail, template }, index) => (
              <li key={`${at} ${index}`}>
                <time>{time(at)}</time> <b>{name}</b> {detail}{" "}
                {template && name !== "forgotten" && (
                  <a href={`#/templates/${template}`}>{template.slice(0, 8)}</a>
                )}
              </li>
            ))}
        </ol>
      </section>
    </>
  );
}

function Figures({ stats }: { readonly stats: Stats }) {
  const { hits, rates, saved, spent, money, audits, templates, exchanges, queue, store, times } = stats;
  const figures: readonly (readonly [string, string, string?])[] = [
    ["Hit rate", percent(rates.hit), `of ${count(stats.lookups)} lookups`],
    [
      "Hits",
      count(hits.exact + hits.template),
      `${count(hits.exact)} exact, ${count(hits.template)} by template`,
    ],
    [
      "Wrong hits found",
      count(audits.disagreed),
      `of ${count(audits.answered)} checked; expected ${percent(audits.expectedErrorRate)}`,
    ],
    [
      "Saved",
      money ? dollars(money.saved) : count(saved.inputTokens + saved.outputTokens),
      money
        ? `${count(saved.inputTokens + saved.outputTokens)} tokens; audits cost ${dollars(money.audits)}, induction ${dollars(money.induction)}`
        : `tokens; audits and induction took ${count(spentTokens(spent))}`,
    ],
    [
      "Templates",
      count(templates.live),
      `live; ${count(templates.candidate)} candidates, ${count(templates.retired)} retired`,
    ],
    ["Exchanges", count(exchanges), "recorded, in memory"],
    ["Queue", count(queue.waiting), `waiting to be learned from; ${count(queue.dropped)} dropped`],
    ...(store
      ? [
          [
            "Store",
            count(store.waiting),
            `events waiting; ${(store.lag / 1_000).toFixed(1)} s behind`,
          ] as const,
        ]
      : []),
    ...(times.check.count > 0
      ? ([
          [
            "Checks of the environment",
            count(times.check.count),
            `${(times.check.ms / times.check.count).toFixed(1)} ms each`,
          ],
        ] as const)
      : []),
  ];
  return (
    <dl class="figures">
      {figures.map(([name, value, more]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd class="value">{value}</dd>
          {more && <dd>{more}</dd>}
        </div>
      ))}
    </dl>
  );
}

function spentTokens({ audits, induction }: Stats["spent"]): number {
  return audits.inputTokens + audits.outputTokens + induction.inputTokens + induction.outputTokens;
}

function Counts({
  title,
  counts,
}: {
  readonly title: string;
  readonly counts: Readonly<Record<string, number>>;
}) {
  const rows = Object.entries(counts).sort(([, left], [, right]) => right - left);
  if (rows.length === 0) return null;
  return (
    <table>
      <caption>{title}</caption>
      <tbody>
        {rows.map(([reason, times]) => (
          <tr key={reason}>
            <th scope="row">{reason}</th>
            <td>{count(times)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
