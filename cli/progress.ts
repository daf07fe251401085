/** A bar for what takes long, on a terminal alone. */
import { Presets, SingleBar } from "cli-progress";
import type { Io } from "./io.js";

/** Counts what is done. */
export interface Progress {
  step(): void;
  end(): void;
}

/** A bar of so many steps. */
export function progress(what: string, total: number, io: Io): Progress {
  if (!io.isTerminal || total < 50) return { step() {}, end() {} };
  const bar = new SingleBar(
    { format: `${what} {bar} {value}/{total}`, clearOnComplete: true },
    Presets.shades_classic,
  );
  bar.start(total, 0);
  return { step: () => bar.increment(), end: () => bar.stop() };
}
