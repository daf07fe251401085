/** Servers of a test's own, which it may stop, restart and empty: nobody else uses them. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { chown, mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { delimiter, join } from "node:path";
import { isReachable } from "./services.js";

/** A server that a test starts and stops as it likes. */
export interface OwnServer {
  readonly url: string;
  start(): Promise<void>;
  /** Stops it as an operator would, or as a power cut. */
  stop(how?: "gently" | "at once"): Promise<void>;
  /** Stops it and deletes what it kept. */
  remove(): Promise<void>;
}

/** A Redis that keeps nothing on disk; `undefined` where there is none to start. */
export async function ownRedis(): Promise<OwnServer | undefined> {
  const program = find("redis-server") ?? find("valkey-server");
  if (!program) return undefined;
  const port = await freePort();
  let server: ChildProcess | undefined;
  async function stop(how: "gently" | "at once" = "gently"): Promise<void> {
    if (server) await ended(server, how === "gently" ? "SIGTERM" : "SIGKILL");
    server = undefined;
  }
  return {
    url: `redis://127.0.0.1:${port}`,
    async start() {
      server = spawn(
        program,
        ["--bind", "127.0.0.1", "--port", String(port), "--save", "", "--appendonly", "no"],
        { stdio: "ignore" },
      );
      await answers(port);
    },
    stop,
    remove: () => stop("at once"),
  };
}

/**
 * A cluster of PostgreSQL; user and database `postgres`, no password. `undefined` where there is none to
 * start.
 */
export async function ownPostgres(): Promise<OwnServer | undefined> {
  const [initialise, program] = [find("initdb"), find("postgres")];
  if (!initialise || !program) return undefined;
  const port = await freePort();
  const folder = await mkdtemp(join(tmpdir(), "reprise-pg-"));
  // PostgreSQL refuses to run as root.
  const user = userInfo().uid === 0 ? await idsOf("postgres") : {};
  if (user.uid !== undefined && user.gid !== undefined) await chown(folder, user.uid, user.gid);
  const data = join(folder, "data");
  let server: ChildProcess | undefined;
  async function stop(how: "gently" | "at once" = "gently"): Promise<void> {
    if (server) await ended(server, how === "gently" ? "SIGINT" : "SIGQUIT");
    server = undefined;
  }
  const made = spawn(initialise, ["-D", data, "-U", "postgres", "-A", "trust", "-N", "-E", "UTF8"], {
    ...user,
    cwd: folder,
    stdio: "ignore",
  });
  if ((await exitOf(made)) !== 0) throw new Error("initdb failed");
  return {
    url: `postgresql://postgres@127.0.0.1:${port}/postgres`,
    async start() {
      const args = [
        "-D",
        data,
        "-p",
        String(port),
        "-k",
        folder,
        "-c",
        "listen_addresses=127.0.0.1",
        "-c",
        "fsync=off",
      ];
      server = spawn(program, args, { ...user, cwd: folder, stdio: "ignore" });
      await answers(port);
    },
    stop,
    async remove() {
      await stop("at once");
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A port that nobody listens on. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() =>
        typeof address === "object" && address ? resolve(address.port) : reject(new Error("no port")),
      );
    });
  });
}

function find(program: string): string | undefined {
  const versions = existsSync("/usr/lib/postgresql")
    ? readdirSync("/usr/lib/postgresql").map((it) => `/usr/lib/postgresql/${it}/bin`)
    : [];
  return [...(process.env.PATH ?? "").split(delimiter), ...versions]
    .map((folder) => join(folder, program))
    .find(existsSync);
}

async function idsOf(name: string): Promise<{ uid?: number; gid?: number }> {
  const id = (flag: string): Promise<number> =>
    new Promise((resolve) => {
      const child = spawn("id", [flag, name], { stdio: ["ignore", "pipe", "ignore"] });
      let text = "";
      child.stdout.on("data", (chunk) => {
        text += String(chunk);
      });
      child.on("close", () => resolve(Number(text.trim())));
    });
  return { uid: await id("-u"), gid: await id("-g") };
}

function exitOf(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve, reject) => void child.once("error", reject).once("exit", resolve));
}

async function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = exitOf(child);
  child.kill(signal);
  await exit;
}

async function answers(port: number): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    if (await isReachable({ host: "127.0.0.1", port })) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`nobody listens at ${port}`);
}
