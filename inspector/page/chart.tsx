/** Lines over the last hour. */
import { useEffect, useRef, useState } from "preact/hooks";
import uPlot from "uplot";
import type { Sample } from "./api.js";

/** One line of a chart. */
interface Line {
  readonly label: string;
  readonly of: (sample: Sample) => number;
  readonly kind: "good" | "bad" | "plain";
  /** What grows is drawn as how much it grows in a minute. */
  readonly isRate?: boolean;
}

interface Drawn {
  readonly title: string;
  readonly samples: readonly Sample[];
  readonly lines: readonly Line[];
}

const HEIGHT = 180;
// Over so many samples, of a second each, a rate is taken.
const SPAN = 10;

const DARK = matchMedia("(prefers-color-scheme: dark)");
const TIMES = (_: uPlot, seconds: readonly number[]): string[] =>
  seconds.map((at) => new Date(at * 1_000).toTimeString().slice(0, 8));

/** A colour of the style sheet as it is now: a canvas knows no variables. */
function colourOf(element: HTMLElement, name: string): string {
  element.style.color = `var(--${name})`;
  const { color } = getComputedStyle(element);
  element.style.color = "";
  return color;
}

export function Chart({ title, samples, lines }: Drawn) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const [isDark, setDark] = useState(() => DARK.matches);
  useEffect(() => {
    const change = (): void => setDark(DARK.matches);
    DARK.addEventListener("change", change);
    return () => DARK.removeEventListener("change", change);
  }, []);
  useEffect(() => {
    const { current } = place;
    if (!current) return undefined;
    const line = colourOf(current, "line");
    const axis = {
      stroke: colourOf(current, "dim"),
      grid: { stroke: line, width: 1 },
      ticks: { stroke: line },
    };
    const made = new uPlot(
      {
        width: current.clientWidth,
        height: HEIGHT,
        series: [
          { value: "{HH}:{mm}:{ss}" },
          ...lines.map(({ label, kind }) => ({
            ...{ label, stroke: colourOf(current, kind), width: 2, points: { show: false } },
            value: (_: uPlot, value: number | null) =>
              value === null ? "" : String(Number(value.toPrecision(3))),
          })),
        ],
        axes: [
          { ...axis, values: TIMES },
          { ...axis, size: 60 },
        ],
        scales: { y: { range: (_, low, high) => [Math.min(0, low), high > 0 ? high * 1.1 : 1] } },
        cursor: { drag: { x: false, y: false } },
      },
      [[], ...lines.map(() => [])],
      current,
    );
    plot.current = made;
    const resize = new ResizeObserver(() => made.setSize({ width: current.clientWidth, height: HEIGHT }));
    resize.observe(current);
    return () => {
      resize.disconnect();
      made.destroy();
    };
  }, [isDark]);
  useEffect(() => {
    plot.current?.setData([
      samples.map(({ at }) => at / 1_000),
      ...lines.map((line) =>
        samples.map((sample, index) => valueOf(line, sample, samples[Math.max(0, index - SPAN)])),
      ),
    ]);
  }, [samples, isDark]);
  const last = samples.at(-1);
  return (
    <figure>
      <figcaption>{title}</figcaption>
      <div ref={place} aria-hidden="true" />
      <p class="hidden">
        {last ? lines.map(({ label, of }) => `${label}: ${of(last)} in all`).join(", ") : "nothing yet"}
      </p>
    </figure>
  );
}

function valueOf({ of, isRate }: Line, sample: Sample, before: Sample | undefined): number {
  if (!isRate) return of(sample);
  if (!before || before.at === sample.at) return 0;
  return ((of(sample) - of(before)) * 60_000) / (sample.at - before.at);
}
