/** `reprise inspect`: the page over a store, without a proxy. */
import { spawn } from "node:child_process";
import type { Command } from "commander";
import { startInspector } from "../server/inspector/index.js";
import { whole } from "./input.js";
import { command, type Io } from "./io.js";
import { type StoreGiven, withCache, withStore } from "./open.js";

interface Given extends StoreGiven {
  readonly port?: number;
  readonly open: boolean;
}

// What other processes learn meanwhile is to be seen.
const LOOK_EVERY = 1_000;

/** The command; it ends with the signal that ends the process. */
export function inspectCommand(io: Io): Command {
  return withStore(command("inspect", io))
    .description(
      "open a page that shows what is known and takes a person's word on it; for this machine, with a token",
    )
    .option("--port <number>", "where to listen; without it, wherever it is free", whole)
    .option("--no-open", "print the address, and open no browser")
    .action((given: Given) =>
      withCache(
        given,
        { options: { pollInterval: LOOK_EVERY, maxEntries: 1_000_000 } },
        async ({ cache, store }) => {
          const page = await startInspector(cache, given.port === undefined ? {} : { port: given.port });
          io.out(given.json ? JSON.stringify({ url: page.url }) : `${store.told} is shown at ${page.url}`);
          if (given.open && io.isTerminal) browse(page.url);
          await ended();
          await page.stop();
        },
      ),
    );
}

function ended(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => resolve());
  });
}

/** Opens an address where there is something to open it with; it is printed anyway. */
function browse(url: string): void {
  const [program, ...args] =
    process.platform === "darwin"
      ? ["open", url]
      : process.platform === "win32"
        ? ["explorer", url]
        : ["xdg-open", url];
  const opening = spawn(program as string, args, { stdio: "ignore", detached: true });
  opening.on("error", () => undefined);
  opening.unref();
}
