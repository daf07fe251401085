/** The whole of a configuration file: each section is told by the room that it is for. */
import * as z from "zod";
import { hooksSection } from "../hooks/schema.js";
import { adminSection, keysSection } from "../keys/schema.js";
import { limitsSection } from "../limits/schema.js";
import { logSection } from "../log/schema.js";
import {
  failoverSection,
  type ProviderConfig,
  passesCredentials,
  providerSection,
  routeSection,
} from "../route/schema.js";
import { count, name, seconds, whole } from "./fields.js";
import { secret } from "./secret.js";

const token = secret.refine(
  (text) => /^\S{16,}$/.test(text.reveal()),
  "must have 16 characters at least, and no white space",
);

const listenSection = z.strictObject({
  host: z.string().min(1).default("127.0.0.1").describe("where to listen; 0.0.0.0 for everywhere"),
  port: z.number().int().min(0).max(65_535).default(8787),
  tokens: z
    .array(token)
    .default([])
    .describe("whoever comes from beyond this machine must send one, where there are no app keys"),
  trusted_proxies: z
    .array(z.string())
    .default([])
    .describe("addresses and networks of proxies whose `X-Forwarded-For` is believed"),
  inspect: z
    .enum(["local", "token", "off"])
    .default("local")
    .describe("who may open the page over the cache: this machine, whoever has its token, nobody"),
  inspect_token: token.optional().describe("the page's token, if not made up at each start"),
  max_body: count.default(32).describe("the longest call that is taken, in megabytes"),
  max_upload: count.default(600).describe("the longest body that is passed on unread, in megabytes"),
  drain: seconds.default(30).describe("how long calls under way may take when this is stopped"),
});

const cacheSection = z.strictObject({
  store: secret
    .prefault("sqlite://reprise.sqlite")
    .describe(
      "where to keep what is learned: `sqlite://FILE`, `postgresql://…`, `redis://…`, `memory`, or a module",
    ),
  namespace: z.string().min(1).default("default"),
  policy: z.enum(["exact", "eager", "verified"]).default("verified").describe("what may be served"),
  secret: secret
    .refine((text) => text.reveal().length >= 16, "must have 16 characters at least")
    .optional()
    .describe("what tenants are told apart with; without it, a file beside the SQLite file"),
  share: z.boolean().default(false).describe("serve everyone what anyone has taught"),
  shadow: z.boolean().default(false).describe("serve nothing; learn, and compare"),
  model: z.string().min(1).optional().describe("one name for all models in what is learned"),
  chunks: z.enum(["whole", "word"]).default("whole").describe("how the text of a streamed hit comes"),
  audit_rate: z
    .number()
    .min(0)
    .max(1)
    .optional()
    .describe("the share of hits to check by asking the model too"),
  memory: whole.default(128).describe("how many megabytes of what is learned are held in memory"),
  worker: z.boolean().default(false).describe("learn in a thread of its own"),
});

/** The whole file. Refines what no section can say alone. */
export const configSchema = z
  .strictObject({
    listen: listenSection.prefault({}),
    cache: cacheSection.prefault({}),
    providers: z
      .record(name, providerSection)
      .default({})
      .describe("the providers by the names that routes call them"),
    routes: z
      .array(routeSection)
      .optional()
      .describe("which models go where; without it, every model to every provider, in the order of the file"),
    failover: failoverSection.prefault({}),
    keys: keysSection.optional(),
    admin: adminSection.optional(),
    limits: limitsSection.optional(),
    hooks: hooksSection.default([]),
    log: logSection.optional(),
  })
  .superRefine(({ providers, routes }, context) => {
    if (Object.keys(providers).length === 0)
      context.addIssue({ code: "custom", path: ["providers"], message: "names no provider" });
    routes?.forEach((route, at) => {
      for (const [index, one] of route.providers.entries())
        if (!Object.hasOwn(providers, one.name))
          context.addIssue({
            code: "custom",
            path: ["routes", at, "providers", index],
            message: `"${one.name}" is none of \`providers\``,
          });
    });
    // A call goes to providers of one type alone.
    const lists = routes?.map((route) => route.providers.map((one) => one.name)) ?? [Object.keys(providers)];
    for (const [index, list] of lists.entries())
      for (const type of ["openai", "anthropic"] as const) {
        const theirs = list.filter(
          (one) => providers[one]?.type === type && passesCredentials(providers[one]),
        );
        if (new Set(theirs.map((one) => originOf(providers[one]))).size > 1)
          context.addIssue({
            code: "custom",
            path: routes ? ["routes", index, "providers"] : ["providers"],
            message: `the caller's own key would be sent to ${theirs.join(" and ")}: give all but one of them \`keys\``,
          });
      }
  });

const originOf = (section: ProviderConfig | undefined): string | undefined =>
  section && (section.base_url?.origin ?? section.type);

/** A configuration as a file has it. */
export type ConfigInput = z.input<typeof configSchema>;

/** A configuration after defaults; secrets in it are `Secret`s. */
export type Config = z.output<typeof configSchema>;
