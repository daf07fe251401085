/** The options of the proxy: checked once, with their defaults. */
import { RepriseError } from "reprise";
import * as z from "zod";

const MB = 1024 * 1024;
const milliseconds = z.number().int().positive();
const bytes = z.number().int().positive();

const schema = z.strictObject({
  /** The address of the provider's API, its version included. */
  upstream: z
    .string()
    .refine(isAddress, "must be an address of http or https, without credentials, query or fragment")
    .transform((address) => new URL(address)),
  host: z.string().min(1).default("127.0.0.1"),
  port: z.number().int().min(0).max(65_535).default(8787),
  /**
   * What tenants are known by is digested with it: keep it, and what was taught stays with those who taught
   * it.
   */
  secret: z.string().min(16, "must have 16 characters at least"),
  /** Everyone is served what anyone has taught. */
  share: z.boolean().default(false),
  /** With tokens, whoever comes from beyond this machine must have one. */
  tokens: z
    .array(z.string().regex(/^\S{16,}$/, "must have 16 characters at least, and no white space"))
    .default([]),
  /** Who may open the page over the cache: this machine with its token, whoever has it, or nobody. */
  inspect: z.enum(["local", "token", "off"]).default("local"),
  /** The page's token, if not made up at each start. */
  inspectToken: z
    .string()
    .regex(/^\S{16,}$/, "must have 16 characters at least, and no white space")
    .optional(),
  trustedProxies: z.array(z.string()).default([]),
  mode: z.enum(["serve", "shadow"]).default("serve"),
  model: z.string().min(1).optional(),
  chunks: z.enum(["whole", "word"]).default("whole"),
  maxBody: bytes.default(32 * MB),
  maxUpload: bytes.default(600 * MB),
  /** How long a client may take to send its headers, and all of its request. */
  headersTimeout: milliseconds.default(20_000),
  requestTimeout: milliseconds.default(300_000),
  connectTimeout: milliseconds.default(10_000),
  /** How long the provider may be silent. */
  replyTimeout: milliseconds.default(600_000),
  /** How long calls under way may take to their end when the proxy is stopped. */
  drainTimeout: milliseconds.default(30_000),
});

/** Options of `startProxy`. */
export type ProxyOptions = z.input<typeof schema>;

/** Options after defaults. */
export type ProxySettings = z.output<typeof schema>;

/** Checks the options. Throws `RepriseError` `BAD_OPTION` naming the first that is wrong, never its value. */
export function resolveOptions(options: ProxyOptions): ProxySettings {
  const parsed = schema.safeParse(options);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  if (issue?.code === "unrecognized_keys")
    throw new RepriseError("BAD_OPTION", `serve: unknown option "${issue.keys[0]}"`);
  throw new RepriseError(
    "BAD_OPTION",
    `serve: option "${issue?.path.map(String).join(".")}" ${issue?.message ?? "is wrong"}`,
  );
}

function isAddress(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password, search, hash } = new URL(text);
  return /^https?:$/.test(protocol) && `${username}${password}${search}${hash}` === "";
}
