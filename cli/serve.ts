/** `reprise serve`: the proxy on the command line. */
import { type Command, InvalidArgumentError, Option } from "commander";
import { createCache } from "reprise";
import { genaiPrices } from "reprise/prices";
import { startProxy } from "../server/index.js";
import { whole } from "./input.js";
import { command, type Io, Refused } from "./io.js";
import { createFaults, ended } from "./running.js";
import { runGateway } from "./serve-config.js";
import { findStore, missingFor, secretFor } from "./store.js";

interface Given {
  readonly upstream: string;
  readonly port: number;
  readonly host: string;
  readonly store: string;
  readonly namespace: string;
  readonly policy: "exact" | "eager" | "verified";
  readonly share: boolean;
  readonly shadow: boolean;
  readonly token: readonly string[];
  readonly trustProxy: readonly string[];
  readonly inspect: "local" | "token" | "off";
  readonly inspectToken?: string;
  readonly secret?: string;
  readonly model?: string;
  readonly chunks: "whole" | "word";
  readonly auditRate?: number;
  readonly memory: number;
  readonly worker: boolean;
  readonly maxBody: number;
  readonly timeout: number;
  readonly drain: number;
  readonly config?: string;
  readonly json?: boolean;
}

/** The command; it ends with the signal that ends the process. */
export function serveCommand(io: Io): Command {
  return command("serve", io)
    .description("a proxy in front of an OpenAI-compatible provider: change the base URL, keep your key")
    .addOption(
      option("--upstream <url>", "the provider's API")
        .default("https://api.openai.com/v1")
        .env("REPRISE_UPSTREAM"),
    )
    .addOption(
      option("--port <number>", "where to listen").default(8787).env("REPRISE_PORT").argParser(whole),
    )
    .addOption(
      option("--host <address>", "where to listen; 0.0.0.0 for everywhere")
        .default("127.0.0.1")
        .env("REPRISE_HOST"),
    )
    .addOption(
      option(
        "--store <address>",
        "where to keep what is learned: sqlite://FILE, postgresql://…, redis://…, memory, or a module",
      )
        .default("sqlite://reprise.sqlite")
        .env("REPRISE_STORE"),
    )
    .addOption(
      option("--namespace <name>", "what is learned under one name is not served under another")
        .default("default")
        .env("REPRISE_NAMESPACE"),
    )
    .addOption(
      option("--policy <name>", "what may be served")
        .choices(["exact", "eager", "verified"])
        .default("verified")
        .env("REPRISE_POLICY"),
    )
    .addOption(
      option("--share", "serve everyone what anyone has taught, whatever their credentials")
        .default(false)
        .env("REPRISE_SHARE"),
    )
    .addOption(option("--shadow", "serve nothing; learn, and compare").default(false).env("REPRISE_SHADOW"))
    .addOption(
      option(
        "--token <token...>",
        "whoever comes from beyond this machine must send it: Reprise-Auth: Bearer …",
      )
        .default([])
        .env("REPRISE_TOKEN")
        .argParser(several),
    )
    .addOption(
      option(
        "--inspect <who>",
        "who may open the page over the cache: this machine, whoever has its token, nobody",
      )
        .choices(["local", "token", "off"])
        .default("local")
        .env("REPRISE_INSPECT"),
    )
    .addOption(
      option("--inspect-token <token>", "the page's token, if not made up at each start").env(
        "REPRISE_INSPECT_TOKEN",
      ),
    )
    .addOption(
      option("--trust-proxy <network...>", "proxies whose X-Forwarded-For is believed")
        .default([])
        .env("REPRISE_TRUST_PROXY")
        .argParser(several),
    )
    .addOption(
      option("--secret <text>", "what tenants are told apart with; better in the environment").env(
        "REPRISE_SECRET",
      ),
    )
    .addOption(
      option("--model <name>", "one name for all models in what is learned, such as openai/gpt-5-mini").env(
        "REPRISE_MODEL",
      ),
    )
    .addOption(
      option("--chunks <how>", "how the text of a streamed hit comes")
        .choices(["whole", "word"])
        .default("whole")
        .env("REPRISE_CHUNKS"),
    )
    .addOption(
      option(
        "--audit-rate <share>",
        "the share of hits to check by asking the model too, from 0 to 1; without it, as many as are worth it",
      )
        .env("REPRISE_AUDIT_RATE")
        .argParser(share),
    )
    .addOption(
      option(
        "--memory <megabytes>",
        "how much of what is learned is held in memory; the rest is in the store alone",
      )
        .default(128)
        .env("REPRISE_MEMORY")
        .argParser(whole),
    )
    .addOption(
      option("--worker", "learn in a thread of its own, with a copy of what is known")
        .default(false)
        .env("REPRISE_WORKER"),
    )
    .addOption(
      option("--max-body <megabytes>", "the longest call that is taken")
        .default(32)
        .env("REPRISE_MAX_BODY")
        .argParser(whole),
    )
    .addOption(
      option("--timeout <seconds>", "how long the provider may be silent")
        .default(600)
        .env("REPRISE_TIMEOUT")
        .argParser(whole),
    )
    .addOption(
      option("--drain <seconds>", "how long calls under way may take when this is stopped")
        .default(30)
        .env("REPRISE_DRAIN")
        .argParser(whole),
    )
    .addOption(
      option(
        "--config <file>",
        "a gateway: providers, routes, keys and limits by a file, which is watched; docs/gateway.md",
      ).env("REPRISE_CONFIG"),
    )
    .option("--json", "print where it listens as JSON, and nothing more")
    .action((given: Given, self: Command) =>
      given.config === undefined ? run(given, io) : runGateway(given.config, self, io),
    );
}

const option = (flags: string, description: string): Option => new Option(flags, description);

async function run(given: Given, io: Io): Promise<void> {
  const chosen = await findStore(given.store);
  const missing = await missingFor(given.store);
  if (missing) throw new Refused(missing);
  const secret = secretFor({ given: given.secret, chosen, shared: given.share });
  const cache = createCache({
    ...(chosen.store && { store: chosen.store }),
    ...(given.auditRate !== undefined && { auditRate: given.auditRate }),
    namespace: given.namespace,
    policy: given.policy,
    maxSize: given.memory * 1024 * 1024,
    induction: given.worker ? { worker: true } : true,
    prices: genaiPrices(),
  });
  const say = given.json ? () => undefined : io.out;
  const faults = createFaults(io.err);
  cache.on("fault", (fault) =>
    faults.note("error" in fault ? `${fault.where}: ${fault.error}` : fault.where),
  );
  const proxy = await startProxy(
    cache,
    {
      upstream: given.upstream,
      host: given.host,
      port: given.port,
      secret,
      share: given.share,
      tokens: [...given.token],
      trustedProxies: [...given.trustProxy],
      inspect: given.inspect,
      inspectToken: given.inspectToken,
      mode: given.shadow ? "shadow" : "serve",
      model: given.model,
      chunks: given.chunks,
      maxBody: given.maxBody * 1024 * 1024,
      replyTimeout: given.timeout * 1_000,
      drainTimeout: given.drain * 1_000,
    },
    (error) => faults.note(`proxy: ${error instanceof Error ? error.name : typeof error}`),
  );
  if (given.json)
    io.out(
      JSON.stringify({ url: proxy.url, upstream: given.upstream, store: chosen.told, page: proxy.page }),
    );
  say(`reprise listens at ${proxy.url} and asks ${given.upstream}`);
  say(`what it learns is kept in ${chosen.told}`);
  if (proxy.page) say(`what it knows is shown at ${proxy.page}`);
  if (given.token.length === 0 && !/^(?:127\.|localhost$|::1$)/.test(given.host)) {
    say(
      "without --token, /_reprise answers this machine alone, and anyone who reaches the port may call the provider with a key of their own",
    );
  }
  const signal = await ended();
  say(`reprise stops (${signal}): calls under way come to their end`);
  await proxy.stop();
  await cache.close();
  faults.end();
  say("reprise has stopped");
  // Stores keep connections of their own.
  process.exit(0);
}

function share(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !(value >= 0 && value <= 1))
    throw new InvalidArgumentError("It must be a number from 0 to 1.");
  return value;
}

// Once for each on the command line, all at once in the environment.
const several = (text: string, before: readonly string[] = []): string[] => [
  ...before,
  ...text
    .split(",")
    .map((item) => item.trim())
    .filter(Boolean),
];
