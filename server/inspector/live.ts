/** What happens, for pages that watch: figures over the last hour, and events as they come. No content. */
import type { Cache, CacheEvents, Stats } from "reprise";

/** The figures of a moment, since the cache was created. */
export interface Sample {
  /** In ms since the epoch. */
  readonly at: number;
  readonly hits: number;
  readonly misses: number;
  /** Wrong hits that were found. */
  readonly wrong: number;
  readonly tokens: number;
  readonly dollars: number;
}

/** An event in short. */
export interface Happening {
  readonly at: number;
  readonly name: string;
  readonly template?: string;
  readonly detail: string;
}

/** What a page is told now and then. */
export interface Live {
  readonly stats: Stats;
  readonly sample: Sample;
  readonly happened: readonly Happening[];
}

/** Watches a cache. */
export interface Watching {
  /** The samples of the last hour, the oldest first. */
  history(): readonly Sample[];
  /** The last events, the oldest first. */
  lately(): readonly Happening[];
  /** Has somebody told, now and whenever something has changed. Returns how to end that. */
  follow(tell: (live: Live) => void): () => void;
  stop(): void;
}

const EVERY = 1_000;
const SAMPLES = 3_600;
const LATELY = 100;

/** Watches from now on. The timer does not keep the process alive. */
export function watchCache(cache: Cache): Watching {
  const samples: Sample[] = [];
  const happened: Happening[] = [];
  const followers = new Set<{ readonly tell: (live: Live) => void; told: number }>();
  let count = 0;

  const note = (name: string, detail: string, template?: string): void => {
    happened.push({ at: Date.now(), name, detail, ...(template !== undefined && { template }) });
    count++;
    if (happened.length > LATELY) happened.shift();
  };
  const listeners: { readonly [Name in keyof CacheEvents]?: (event: CacheEvents[Name]) => void } = {
    hit: ({ match, template }) => note("hit", match, template),
    miss: ({ reason }) => note("miss", reason),
    bypass: ({ reason }) => note("bypass", reason),
    learned: ({ template, origin }) => note("learned", origin, template),
    promoted: ({ template }) => note("promoted", "is served from now on", template),
    retired: ({ template, by }) => note("retired", `by ${by}`, template),
    reviewed: ({ template, verdict }) => note("reviewed", verdict, template),
    audited: ({ template, agreed }) => note("audited", agreed ? "right" : "wrong", template),
    forgotten: ({ count: gone }) => note("forgotten", `${gone} entries`),
    fault: ({ where }) => note("fault", where),
  };
  for (const [name, listener] of Object.entries(listeners))
    cache.on(name as keyof CacheEvents, listener as never);

  function tick(): void {
    const stats = cache.stats();
    const sample = sampleOf(stats);
    samples.push(sample);
    if (samples.length > SAMPLES) samples.shift();
    for (const follower of followers) tellOne(follower, stats, sample);
  }

  function tellOne(
    follower: { readonly tell: (live: Live) => void; told: number },
    stats: Stats,
    sample: Sample,
  ): void {
    const fresh = Math.min(count - follower.told, happened.length);
    follower.told = count;
    follower.tell({ stats, sample, happened: fresh > 0 ? happened.slice(-fresh) : [] });
  }

  tick();
  const timer = setInterval(tick, EVERY);
  timer.unref();
  return {
    history: () => samples,
    lately: () => happened,
    follow(tell) {
      const follower = { tell, told: count };
      followers.add(follower);
      const stats = cache.stats();
      tellOne(follower, stats, sampleOf(stats));
      return () => void followers.delete(follower);
    },
    stop() {
      clearInterval(timer);
      for (const [name, listener] of Object.entries(listeners))
        cache.off(name as keyof CacheEvents, listener as never);
    },
  };
}

function sampleOf({ hits, misses, audits, saved, money }: Stats): Sample {
  return {
    at: Date.now(),
    hits: hits.exact + hits.template,
    misses: Object.values(misses).reduce((sum, count) => sum + count, 0),
    wrong: audits.disagreed,
    tokens: saved.inputTokens + saved.outputTokens,
    dollars: money?.saved ?? 0,
  };
}
