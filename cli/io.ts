/** What a command reads and prints through, so that tests can hold both ends. */
import { text } from "node:stream/consumers";
import { Command, CommanderError } from "commander";
import colors from "picocolors";
import { RepriseError } from "reprise";

/** The outside of a command. */
export interface Io {
  /** Prints a line of the result. */
  readonly out: (line: string) => void;
  /** Prints a line for whoever watches: progress, warnings, what is wrong. */
  readonly err: (line: string) => void;
  /** All of standard input. */
  readonly stdin: () => Promise<string>;
  /** Whether a person looks at `out`: then it may have colours, and progress is shown. */
  readonly isTerminal: boolean;
  readonly env: NodeJS.ProcessEnv;
}

/** The process's own. */
export function processIo(): Io {
  return {
    out: (line) => void process.stdout.write(`${line}\n`),
    err: (line) => void process.stderr.write(`${line}\n`),
    stdin: () => text(process.stdin),
    isTerminal: process.stdout.isTTY === true,
    env: process.env,
  };
}

/** Colours where a terminal shows them; none elsewhere, nor with `NO_COLOR`. */
export function paint(io: Io): ReturnType<typeof colors.createColors> {
  return colors.createColors(io.isTerminal && !io.env.NO_COLOR);
}

/** What was asked for cannot be done: the message says what to do. Ends the command with code 2. */
export class Refused extends Error {}

/** A check has found something: the result is printed. Ends the command with code 1. */
export class Found extends Error {}

/** A command that reports errors to whoever runs the program, instead of ending the process. */
export function command(name: string, io: Io): Command {
  return new Command(name)
    .exitOverride()
    .configureOutput({
      writeOut: (written) => io.out(written.replace(/\n$/, "")),
      writeErr: (written) => io.err(written.replace(/\n$/, "")),
      getOutHasColors: () => io.isTerminal && !io.env.NO_COLOR,
      getErrHasColors: () => false,
    })
    .showHelpAfterError(`(reprise ${name} --help tells of all options)`)
    .showSuggestionAfterError();
}

/** Runs something, and gives the code to end with: 0, 1 for what a check has found, 2 for what cannot be done. */
export async function exitCodeOf(run: () => Promise<unknown>, io: Io): Promise<number> {
  try {
    await run();
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (error instanceof Found) return 1;
    const isOurs =
      error instanceof Refused ||
      RepriseError.isInstance(error) ||
      error instanceof RangeError ||
      typeof (error as { syscall?: unknown }).syscall === "string";
    if (!isOurs) throw error;
    const { message } = error as Error;
    io.err(message.startsWith("reprise") ? message : `reprise: ${message}`);
    return 2;
  }
}
