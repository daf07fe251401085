/** What the configuration says of app keys, and of the listener where they are managed. */
import * as z from "zod";
import { name, seconds } from "../config/fields.js";
import { secret } from "../config/secret.js";
import { keySettings } from "./app-key.js";

const listedKey = keySettings.extend({
  name: name.describe("what limits, usage and the log call it"),
  namespace: z
    .string()
    .min(1)
    .max(200)
    .optional()
    .describe("keys of one namespace are served what any of them taught; by default the key's own name"),
  digest: z
    .string()
    .regex(/^sha256:[0-9a-f]{64}$/, "must be `sha256:…`, as `reprise keys digest` prints it")
    .describe("what is kept of its secret"),
  expires: z.iso
    .datetime({ offset: true })
    .optional()
    .describe("from when it is refused: `2027-01-31T00:00:00Z`"),
});

/** The section `keys`: where it is there, whoever asks needs an app key. */
export const keysSection = z.strictObject({
  stored: z
    .boolean()
    .default(true)
    .describe("take keys that `reprise keys` or the admin API have put into the store of the cache"),
  listed: z
    .array(listedKey)
    .default([])
    .superRefine((keys, context) => {
      for (const field of ["name", "digest"] as const)
        keys.forEach((key, at) => {
          if (keys.findIndex((other) => other[field] === key[field]) < at)
            context.addIssue({ code: "custom", path: [at, field], message: "stands there twice" });
        });
    })
    .describe("keys that stand in this file, by their digests"),
  stale: seconds
    .default(3_600)
    .describe("how long keys that are known are taken while the store does not answer"),
});

/** The section `admin`. */
export const adminSection = z.strictObject({
  host: z.string().min(1).default("127.0.0.1").describe("where the admin API listens"),
  port: z.number().int().min(0).max(65_535).default(8788),
  exposed: z.boolean().default(false).describe("it may listen where others than this machine reach it"),
  token: secret
    .refine((text) => /^\S{16,}$/.test(text.reveal()), "must have 16 characters at least, and no white space")
    .describe("whoever asks must send it: `Authorization: Bearer …`"),
});

/** The section `keys`, read. */
export type KeysConfig = z.output<typeof keysSection>;

/** The section `admin`, read. */
export type AdminConfig = z.output<typeof adminSection>;
