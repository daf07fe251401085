/** `reprise keys`: app keys of a gateway, in the store that it is kept in. */
import { existsSync } from "node:fs";
import { type Command, InvalidArgumentError } from "commander";
import { digestOf, newSecret } from "../server/keys/app-key.js";
import { type KeyStore, KeysUnavailable, openKeyStore } from "../server/keys/key-store.js";
import {
  type ShownKey,
  type ShownSecret,
  shownKey,
  shownKeys,
  shownSecret,
  shownUsage,
} from "../server/keys/shown.js";
import { safe } from "./figures.js";
import { span, whole } from "./input.js";
import { command, type Io, Refused } from "./io.js";
import { connect, printResult, withStoreAddress } from "./open.js";
import { findStore } from "./store.js";

interface Given {
  readonly store: string;
  /** The gateway's, not that of a key. */
  readonly namespace: string;
  readonly json?: boolean;
}

interface Vending extends Given {
  readonly keyNamespace?: string;
  readonly models?: readonly string[];
  readonly requests?: number;
  readonly tokens?: number;
  readonly expires?: number;
}

/** The command, and those beneath it. */
export function keysCommand(io: Io): Command {
  const keys = command("keys", io).description("app keys of a gateway: vend, list, rotate, revoke, usage");
  for (const make of [vendCommand, listCommand, rotateCommand, revokeCommand, usageCommand, digestCommand])
    keys.addCommand(make(io));
  return keys;
}

const vendCommand = (io: Io): Command =>
  withStoreAddress(command("vend", io))
    .description("make a key; its secret is printed once, and kept nowhere")
    .argument("<name>", "what people call it")
    .option(
      "--key-namespace <name>",
      "keys of one namespace are served what any of them taught; by default each has its own",
    )
    .option(
      "--models <pattern...>",
      "models it may ask, by name or pattern (gpt-5*); without it, all",
      several,
    )
    .option("--requests <number>", "requests a minute", positive)
    .option("--tokens <number>", "tokens a minute", positive)
    .option("--expires <when>", "after 90d, 12h, or at a time such as 2027-01-31T00:00:00Z", moment)
    .action((name: string, given: Vending) =>
      withKeys(given, { makes: true }, async (keys) => {
        const { keyNamespace: namespace, models = [], requests, tokens, expires } = given;
        const limits = {
          ...(requests !== undefined && { requests }),
          ...(tokens !== undefined && { tokens }),
        };
        const settings = { name, models: [...models], limits, ...(namespace !== undefined && { namespace }) };
        printSecret(io, given, shownSecret(keys, await keys.vend(settings, expires)));
      }),
    );

const listCommand = (io: Io): Command =>
  withStoreAddress(command("list", io))
    .description("all keys that are valid")
    .option("--all", "those too that were revoked or have expired")
    .action((given: Given & { readonly all?: boolean }) =>
      withKeys(given, {}, async (keys) => {
        const result = shownKeys(keys).filter(({ standing }) => given.all || standing === "valid");
        printResult(io, { json: given.json, result }, () => {
          if (result.length === 0) io.out("there are no keys: reprise keys vend NAME makes one");
          for (const key of result) io.out(lineOf(key));
        });
      }),
    );

const rotateCommand = (io: Io): Command =>
  withStoreAddress(command("rotate", io))
    .description("give a key another secret; the old one is taken for a while longer")
    .argument("<key>", "its id, the first characters of it, or its name")
    .option("--grace <span>", "for how long: 24h, 15m, 0s", span, 86_400_000)
    .action((written: string, given: Given & { readonly grace: number }) =>
      withKeys(given, {}, async (keys) => {
        const rotated = await keys.rotate(idOf(keys, written), given.grace);
        if (!rotated) throw new Refused(`the key ${written} has ended: vend another`);
        printSecret(io, given, shownSecret(keys, rotated));
      }),
    );

const revokeCommand = (io: Io): Command =>
  withStoreAddress(command("revoke", io))
    .description("end a key: every gateway on this store refuses it within seconds")
    .argument("<key>", "its id, the first characters of it, or its name")
    .action((written: string, given: Given) =>
      withKeys(given, {}, async (keys) => {
        const id = idOf(keys, written);
        await keys.revoke(id);
        const result = shownKey(keys, id);
        printResult(io, { json: given.json, result }, () =>
          io.out(`${id} is revoked (${safe(result?.name ?? "")})`),
        );
      }),
    );

const usageCommand = (io: Io): Command =>
  withStoreAddress(command("usage", io))
    .description("what was done with each key: calls, hits, tokens that models took, tokens that hits saved")
    .argument("[key]", "its id, the first characters of it, or its name; all of them without it")
    .option("--month <month>", "of one month (UTC), such as 2026-11; without it, of the last thirteen", month)
    .action((written: string | undefined, given: Given & { readonly month?: string }) =>
      withKeys(given, {}, async (keys) => {
        const result = shownUsage(keys, {
          ...(written !== undefined && { id: idOf(keys, written) }),
          ...(given.month !== undefined && { month: given.month }),
        });
        printResult(io, { json: given.json, result }, () => {
          for (const { id, name, calls, hits, ...tokens } of result) {
            io.out(`${id}  ${safe(name ?? "(in the configuration)")}`);
            io.out(`  calls ${calls}, hits ${hits}`);
            io.out(`  tokens of models   ${tokens.input_tokens} in, ${tokens.output_tokens} out`);
            io.out(`  tokens of hits     ${tokens.saved_input_tokens} in, ${tokens.saved_output_tokens} out`);
          }
        });
      }),
    );

const digestCommand = (io: Io): Command =>
  command("digest", io)
    .description("make a secret for a key that a configuration file lists: nothing is stored")
    .option("--json", "print the result as JSON")
    .action((given: Pick<Given, "json">) => {
      const secret = newSecret();
      const result = { secret, digest: `sha256:${digestOf(secret)}` };
      printResult(io, { json: given.json, result }, () => {
        io.out(`secret  ${secret}`);
        io.out(`digest  ${result.digest}`);
        io.err("the digest goes into keys.listed of the configuration; the secret is shown this once");
      });
    });

async function withKeys<Result>(
  { store: address, namespace }: Given,
  { makes = false }: { readonly makes?: boolean },
  work: (keys: KeyStore) => Promise<Result>,
): Promise<Result> {
  const store = await findStore(address);
  if (!store.store) throw new Refused("keys need a store that is kept: --store sqlite://FILE, say");
  if (!makes && store.file !== undefined && !existsSync(store.file))
    throw new Refused(
      `there is no file ${store.file}: name another with --store, or make one with reprise keys vend`,
    );
  const keyv = await connect(store, address);
  const keys = openKeyStore({ store: keyv, namespace, pollInterval: 0, flushInterval: 0 });
  try {
    if (!(await keys.refresh()))
      throw new Refused(`the store at ${store.told} does not answer: is it running, and its own?`);
    return await work(keys);
  } catch (error) {
    if (error instanceof KeysUnavailable) throw new Refused(error.message);
    throw error;
  } finally {
    await keys.close();
    await keyv.disconnect?.();
  }
}

function idOf(keys: KeyStore, written: string): string {
  const found = keys.find(written);
  if (!found)
    throw new Refused(`no key, or more than one, is called ${written}: reprise keys list --all shows them`);
  return found.id;
}

function printSecret(io: Io, { json }: Given, result: ShownSecret): void {
  printResult(io, { json, result }, () => {
    io.out(lineOf(result));
    io.out(result.secret);
    io.err("this secret is shown once: send it as Reprise-Auth: Bearer …");
  });
}

function lineOf({ id, name, namespace, standing, models, limits, expires, old_until }: ShownKey): string {
  const parts = [
    ...(standing === "valid" ? [] : [standing]),
    ...(namespace === id ? [] : [`namespace ${safe(namespace)}`]),
    ...(models.length === 0 ? [] : [`models ${safe(models.join(", "))}`]),
    ...(limits.requests === undefined ? [] : [`${limits.requests} requests a minute`]),
    ...(limits.tokens === undefined ? [] : [`${limits.tokens} tokens a minute`]),
    ...(expires === null ? [] : [`until ${expires}`]),
    ...(old_until === null ? [] : [`its old secret until ${old_until}`]),
  ];
  return `${id}  ${safe(name)}${parts.length === 0 ? "" : `  (${parts.join("; ")})`}`;
}

const several = (text: string, before: readonly string[] = []): string[] => [...before, text];

function positive(text: string): number {
  const value = whole(text);
  if (value === 0) throw new InvalidArgumentError("It must be 1 at least.");
  return value;
}

function moment(text: string): number {
  const time = /^\d+\s*[smhd]$/.test(text) ? Date.now() + span(text) : Date.parse(text);
  if (Number.isNaN(time))
    throw new InvalidArgumentError("It must be a span such as 90d, or a time such as 2027-01-31.");
  if (time <= Date.now()) throw new InvalidArgumentError("It must lie in the future.");
  return time;
}

function month(text: string): string {
  if (!/^\d{4}-(?:0[1-9]|1[0-2])$/.test(text))
    throw new InvalidArgumentError("It must be a month such as 2026-11.");
  return text;
}
