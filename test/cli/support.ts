/** Runs the command line in this process, and keeps what it prints. */
import type { Io } from "../../cli/io.js";
import { main } from "../../cli/main.js";

/** What a command came to. */
export interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs `reprise ARGS`. */
export async function commandLine(
  args: readonly string[],
  {
    stdin = "",
    isTerminal = false,
    env = {},
  }: { stdin?: string; isTerminal?: boolean; env?: NodeJS.ProcessEnv } = {},
): Promise<Ended> {
  const [out, err]: [string[], string[]] = [[], []];
  const io: Io = {
    out: (line) => void out.push(line),
    err: (line) => void err.push(line),
    stdin: async () => stdin,
    isTerminal,
    env,
  };
  const code = await main(args, io);
  return { code, out: out.join("\n"), err: err.join("\n") };
}

/** The JSON that a command printed. */
export async function json(
  args: readonly string[],
): Promise<{ readonly code: number; readonly value: never }> {
  const { code, out, err } = await commandLine([...args, "--json"]);
  if (out === "") throw new Error(err);
  return { code, value: JSON.parse(out) as never };
}
