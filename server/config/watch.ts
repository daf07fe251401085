/** A configuration file that is watched: a change is checked whole, and put in force at once or not at all. */
import { isDeepStrictEqual } from "node:util";
import { BadConfig, digestOf, type LoadedConfig, loadConfig, type References } from "./load.js";

/** How a configuration stands. */
export interface ConfigState {
  /** Whether what is in force is what the file says. */
  readonly isCurrent: boolean;
  /** Why it is not: what is wrong with the file, and where. */
  readonly problem: string | undefined;
  /** When what is in force was put in force, in milliseconds since 1970. */
  readonly since: number;
  /** How often a change was taken in, and how often one was not. */
  readonly taken: number;
  readonly refused: number;
}

/** What is watched, and who is told. */
export interface WatchOptions {
  readonly path: string;
  /** What is in force at the start. */
  readonly loaded: LoadedConfig;
  /** In milliseconds, between two looks at the files. */
  readonly every: number;
  readonly references: References;
  /** Puts a configuration in force. Rejects where that cannot be done; then all is as before. */
  readonly take: (loaded: LoadedConfig) => Promise<void>;
  /** A line for whoever runs it. */
  readonly say: (line: string) => void;
}

/** A watch over one file and those that it names. */
export interface ConfigWatch {
  state(): ConfigState;
  /** Looks now. Never rejects. */
  look(): Promise<void>;
  stop(): void;
}

/**
 * Watches. The files are read anew at each look: what puts a whole folder in another's place, as orchestrators
 * do, is seen like an editor's change.
 */
export function watchConfig({ path, loaded, every, references, take, say }: WatchOptions): ConfigWatch {
  let state: ConfigState = { isCurrent: true, problem: undefined, since: Date.now(), taken: 0, refused: 0 };
  let seen = loaded.files;
  let looking: Promise<void> | undefined;

  async function lookOnce(): Promise<void> {
    const now = await digestsOf(seen.keys(), references);
    if (isDeepStrictEqual(now, seen)) return;
    seen = now;
    try {
      const next = await loadConfig(path, references);
      await take(next);
      seen = next.files;
      state = { ...state, isCurrent: true, problem: undefined, since: Date.now(), taken: state.taken + 1 };
      say("the configuration has changed, and is in force");
    } catch (error) {
      const problem = problemIn(error);
      state = { ...state, isCurrent: false, problem, refused: state.refused + 1 };
      say(`the configuration has changed, and is refused; the former one stays in force:\n${problem}`);
    }
  }

  const look = (): Promise<void> => {
    looking ??= lookOnce().finally(() => {
      looking = undefined;
    });
    return looking;
  };
  const timer = setInterval(look, every);
  timer.unref();
  return { state: () => state, look, stop: () => clearInterval(timer) };
}

/** What may be told of an error: those of the configuration say what is wrong, of others the class is told. */
export function problemIn(error: unknown): string {
  if (error instanceof BadConfig || error instanceof Unchangeable) return error.message;
  return error instanceof Error ? error.name : typeof error;
}

/** A change that only a new start can take in, or that cannot be taken in at all; the message is safe to show. */
export class Unchangeable extends Error {
  override readonly name = "Unchangeable";
}

async function digestsOf(
  paths: Iterable<string>,
  { read }: References,
): Promise<ReadonlyMap<string, string>> {
  const digest = (path: string): Promise<string> => read(path).then(digestOf, () => "");
  return new Map(await Promise.all([...paths].map(async (path) => [path, await digest(path)] as const)));
}
