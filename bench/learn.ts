/**
 * Measures what learning from large exchanges costs: how it grows, how long it holds the event loop, and the
 * processor time of 1 MB.
 */
import { createCache } from "reprise";
import { LARGE_KINDS, type LargeKind } from "./learn-kinds.ts";
import { printTable, type Row } from "./measure.ts";

const LARGEST = 1_048_576;
const SIZES = [1_024, 4_096, 16_384, 65_536, 262_144, LARGEST];
const MOST = { exponent: 1.2, hold: 20, cost: 250 };

/** What one exchange cost to take in and learn from, in milliseconds of processor time. */
interface Cost {
  /** Of all threads. */
  readonly total: number;
  /** The longest stretch between two turns of the event loop, of the thread that runs it. */
  readonly hold: number;
  /** The stretch in which the caller of `observe` waited: it is one of those above. */
  readonly observe: number;
  /** The stage in which learning was given up. */
  readonly curtailed: string | undefined;
}

/** What the first exchange of a kind cost a new cache, and the second that is like it. */
type Pair = readonly [first: Cost, second: Cost];

/**
 * Processor time of the thread that runs the event loop, in milliseconds: what others do on the machine does
 * not count.
 */
function threadTime(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1e3;
}

/**
 * Runs work beside a clock that ticks with every turn of the event loop. `begin` is the part its caller waits
 * for.
 */
async function watched(
  begin: () => Promise<void>,
  rest: () => Promise<void>,
): Promise<Omit<Cost, "curtailed">> {
  let hold = 0;
  let last = threadTime();
  let isOver = false;
  const tick = (): void => {
    const now = threadTime();
    hold = Math.max(hold, now - last);
    last = now;
    if (!isOver) setImmediate(tick);
  };
  setImmediate(tick);
  const before = process.cpuUsage();
  const begun = begin();
  const observe = threadTime() - last;
  await begun;
  await rest();
  const { user, system } = process.cpuUsage(before);
  tick();
  isOver = true;
  return { total: (user + system) / 1e3, hold, observe };
}

async function learnTwo(make: LargeKind, size: number, round: number): Promise<Pair> {
  const cache = createCache({ maxBytes: 4 * LARGEST });
  const learnOne = async (seed: number): Promise<Cost> => {
    const { messages, reply } = make(size, seed);
    let curtailed: string | undefined;
    const note = ({ stage }: { readonly stage: string }): void => {
      curtailed = stage;
    };
    cache.on("curtailed", note);
    const cost = await watched(
      () => cache.observe({ messages }, reply),
      () => cache.settled(),
    );
    cache.off("curtailed", note);
    return { ...cost, curtailed };
  };
  const pair = [await learnOne(2 * round + 1), await learnOne(2 * round + 2)] as const;
  await cache.close();
  return pair;
}

/** The slope of a straight line through the costs of growing sizes, both axes logarithmic (least squares). */
function exponentOf(costs: readonly number[]): number {
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  const x = SIZES.map(Math.log);
  const y = costs.map(Math.log);
  const [middleX, middleY] = [mean(x), mean(y)];
  const spread = x.reduce((sum, value) => sum + (value - middleX) ** 2, 0);
  return (
    x.reduce((sum, value, index) => sum + (value - middleX) * ((y[index] as number) - middleY), 0) / spread
  );
}

function medianOf(values: readonly number[]): number {
  return values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)] as number;
}

/** The median cost of several rounds; of the holds the longest. */
function summed(costs: readonly Cost[]): Cost {
  return {
    total: medianOf(costs.map(({ total }) => total)),
    hold: Math.max(...costs.map(({ hold }) => hold)),
    observe: Math.max(...costs.map(({ observe }) => observe)),
    curtailed: costs.find(({ curtailed }) => curtailed !== undefined)?.curtailed,
  };
}

function rowOf(what: string, costs: readonly Cost[]): Row {
  const exponent = exponentOf(costs.map(({ total }) => total));
  const hold = Math.max(...costs.map((cost) => cost.hold));
  const observe = Math.max(...costs.map((cost) => cost.observe));
  const largest = costs.at(-1) as Cost;
  const shown = costs.map(({ total }) => total.toFixed(total < 10 ? 1 : 0)).join(", ");
  const given = [...new Set(costs.flatMap(({ curtailed }) => curtailed ?? []))];
  return {
    what,
    value: [
      `n^${exponent.toFixed(2)}`.padEnd(7),
      `hold ${hold.toFixed(0)} ms (observe ${observe.toFixed(0)} ms)`.padEnd(28),
      `1 MB ${largest.total.toFixed(0)} ms`.padEnd(11),
      `(${shown})`,
      given.length > 0 ? `curtailed: ${given.join(", ")}` : "",
    ].join(" "),
    target: "",
    met: exponent <= MOST.exponent && hold <= MOST.hold && largest.total <= MOST.cost,
  };
}

/** Prints, for each kind, how the cost grows, the longest hold, and the cost of the largest. */
export async function measureLearning(): Promise<void> {
  const rows: Row[] = [];
  for (const [what, make] of Object.entries(LARGE_KINDS)) {
    // The code is optimised before anything is counted.
    for (let round = 0; round < 10; round++) await learnTwo(make, 16_384, 50 + round);
    const firsts: Cost[] = [];
    const seconds: Cost[] = [];
    for (const size of SIZES) {
      const pairs: Pair[] = [];
      const rounds = size < 100_000 ? 9 : 5;
      for (let round = 0; round < rounds; round++) pairs.push(await learnTwo(make, size, round));
      firsts.push(summed(pairs.map(([first]) => first)));
      seconds.push(summed(pairs.map(([, second]) => second)));
    }
    rows.push(rowOf(`${what}: the first`, firsts), rowOf(`${what}: one like it`, seconds));
  }
  printTable(
    `learning from 1 KB to 1 MB, in processor time: n^${MOST.exponent}, longest hold ${MOST.hold} ms, 1 MB in ${MOST.cost} ms at most`,
    rows,
  );
}
