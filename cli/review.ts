/** `reprise approve` and `reprise retire`: a person's word on a template. */
import { userInfo } from "node:os";
import { type Command, Option } from "commander";
import { command, type Io, Refused } from "./io.js";
import { printResult, type StoreGiven, withCache, withStore } from "./open.js";
import { unknown } from "./templates.js";

interface Given extends StoreGiven {
  readonly reason: string;
  readonly author: string;
}

/** The command that has templates served. */
export function approveCommand(io: Io): Command {
  return reviewCommand("approve", io).description(
    "serve templates from now on, whatever their record, until something new contradicts them",
  );
}

/** The command that ends them. */
export function retireCommand(io: Io): Command {
  return reviewCommand("retire", io).description("serve templates no more, until somebody approves them");
}

function reviewCommand(verdict: "approve" | "retire", io: Io): Command {
  return withStore(command(verdict, io))
    .argument("<id...>", "templates, by the first characters of their ids: reprise templates lists them")
    .requiredOption("--reason <text>", "why: it is kept beside the evidence, and shown to others")
    .addOption(
      new Option("--author <name>", "who says so").default(userName(), "the user").env("REPRISE_AUTHOR"),
    )
    .action((ids: readonly string[], given: Given) =>
      withCache(given, {}, async ({ cache }) => {
        const { reason, author } = given;
        const found = ids.map((id) => cache.template(id)?.id ?? refuse(id));
        for (const id of found) await cache[verdict](id, { reason, author });
        const result = found.map((id) => {
          const { standing, doubts = [] } = cache.template(id) ?? {};
          return { id, standing, doubts };
        });
        printResult(io, { json: given.json, result }, () => {
          for (const { id, standing, doubts } of result) {
            io.out(`${id.slice(0, 12)} is ${standing}`);
            for (const doubt of doubts) io.out(`  ${doubt}`);
          }
        });
      }),
    );
}

function refuse(id: string): never {
  throw new Refused(unknown(id));
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return "somebody";
  }
}
