/** The page as a whole: where one is, and what all of it shares. */

import { useEffect, useState } from "preact/hooks";
import type { Stats } from "reprise";
import { follow, type Happening, type Sample } from "./api.js";
import { Explain } from "./explain.js";
import { Overview } from "./overview.js";
import { Templates } from "./templates.js";

/** What is known of what happens. */
export interface Seen {
  readonly stats: Stats | undefined;
  readonly samples: readonly Sample[];
  readonly happened: readonly Happening[];
}

const PLACES = { overview: "Overview", templates: "Templates", explain: "Explain" } as const;
type Place = keyof typeof PLACES;

const SAMPLES = 3_600;
const LATELY = 100;

export function App() {
  const [[place, detail], setPlace] = useState(here);
  const [seen, setSeen] = useState<Seen>({ stats: undefined, samples: [], happened: [] });
  const [state, setState] = useState<"live" | "lost" | { readonly refused: string }>("lost");
  useEffect(() => {
    const go = (): void => setPlace(here());
    addEventListener("hashchange", go);
    return () => removeEventListener("hashchange", go);
  }, []);
  useEffect(() => {
    void follow({
      onState: (now) => setState((before) => (now === "lost" && typeof before === "object" ? before : now)),
      onHistory: (samples, happened) => setSeen((before) => ({ ...before, samples, happened })),
      onLive: ({ stats, sample, happened }) =>
        setSeen((before) => ({
          stats,
          samples: [...before.samples, sample].slice(-SAMPLES),
          happened: [...before.happened, ...happened].slice(-LATELY),
        })),
    });
  }, []);
  return (
    <>
      <header>
        <h1>reprise</h1>
        <nav aria-label="Parts of the page">
          {Object.entries(PLACES).map(([name, title]) => (
            <a key={name} href={`#/${name}`} aria-current={name === place ? "page" : undefined}>
              {title}
            </a>
          ))}
        </nav>
        <p class={`state ${typeof state === "string" ? state : "lost"}`} role="status">
          {state === "live" ? "live" : state === "lost" ? "not connected" : state.refused}
        </p>
      </header>
      <main>
        {place === "overview" && <Overview seen={seen} />}
        {place === "templates" && <Templates selected={detail} seen={seen} />}
        {place === "explain" && <Explain />}
      </main>
    </>
  );
}

function here(): [Place, string | undefined] {
  const [, name = "", detail] = location.hash.split("/");
  return [name in PLACES ? (name as Place) : "overview", detail];
}
