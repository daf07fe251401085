/** Which options a single call may carry in every adapter, and how wrong options are told. */
import { type BindingValue, RepriseError } from "reprise";
import { z } from "zod";

/**
 * Options of one call: `providerOptions.reprise` of the AI SDK; `context.reprise` of a LangChain agent, or `reprise` among
 * the call options of a wrapped LangChain model.
 */
export interface RepriseCallOptions {
  readonly bindings?: Readonly<Record<string, BindingValue>> | undefined;
  readonly scope?: string | undefined;
  /** `false`: ask the model anyway. */
  readonly read?: boolean | undefined;
  /** `false`: keep nothing of this exchange. */
  readonly write?: boolean | undefined;
  /** `false`: store the exact exchange only. */
  readonly induce?: boolean | undefined;
}

/** A text option. */
export const text = z.string("must be a string");
/** A switch. */
export const flag = z.boolean("must be a boolean");
/** A function; what it takes and gives is its option's type. */
export const callable = z.custom<never>((value) => typeof value === "function", "must be a function");

/** Values of variables. Not z.record: it leaves out a key named __proto__, and a variable may be called that. */
export const bindings = z.custom<Readonly<Record<string, BindingValue>>>(
  (value) =>
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    Object.values(value).every((item) => ["string", "number", "boolean"].includes(typeof item)),
  "must be a record of strings, numbers and booleans",
);

/** What `RepriseCallOptions` says, as it can be checked. */
export const callSchema = z.strictObject(
  { bindings: bindings.optional(), scope: text.optional(), read: flag.optional(), write: flag.optional(), induce: flag.optional() },
  "must be an object",
);

/** The error that names the first thing that is wrong with the options of `where`. */
export function badOption(where: string, error: z.ZodError): RepriseError {
  const issue = error.issues[0];
  if (issue?.code === "unrecognized_keys") return new RepriseError("BAD_OPTION", `${where}: unknown option "${issue.keys[0]}"`);
  const path = issue?.path.map(String).join(".");
  return new RepriseError("BAD_OPTION", `${where}${path ? `: option "${path}"` : ""} ${issue?.message ?? "is invalid"}`);
}

/** A listener whose own faults stay its own. */
export function surviving(listener: ((error: unknown) => void) | undefined): (error: unknown) => void {
  return (error) => {
    try {
      listener?.(error);
    } catch {}
  };
}
