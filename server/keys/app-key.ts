/** What an app key is: whose it is, what it may ask for and how much, and how the secret that opens it looks. */
import { hash, randomBytes } from "node:crypto";
import * as z from "zod";

/** What may be spent in a minute; what is not there has no limit. */
export interface KeyLimits {
  readonly requests?: number | undefined;
  readonly tokens?: number | undefined;
}

/** An app key without its secret. */
export interface AppKey {
  /** Lower-case letters, digits and `-`: what people, figures and limits know it by. */
  readonly id: string;
  readonly name: string;
  /** What was taught under one namespace is never served to a key of another; keys of one share. */
  readonly namespace: string;
  /** Names and patterns (`gpt-5*`) of the models it may ask; all, where there are none. */
  readonly models: readonly string[];
  readonly limits: KeyLimits;
  /** Milliseconds since the epoch. */
  readonly issued: number;
  readonly expires?: number | undefined;
}

const SECRET = /^rk_[\w-]{43}$/;

/** A new secret: 32 random bytes behind `rk_`. */
export function newSecret(): string {
  return `rk_${randomBytes(32).toString("base64url")}`;
}

/** Whether a text has the form of a secret. */
export function isSecret(text: string): boolean {
  return SECRET.test(text);
}

/**
 * What is kept of a secret. One round of SHA-256: behind it stand 256 random bits, which nobody can try through, so that
 * it need not be slow.
 */
export function digestOf(secret: string): string {
  return hash("sha256", secret, "hex");
}

/** A new id: 12 hexadecimal digits. */
export function newId(): string {
  return randomBytes(6).toString("hex");
}

const perMinute = z.int().min(1).max(1_000_000_000);

/** The limits of a key as they are written: in the configuration, to the admin API, in the store. */
export const keyLimits = z.strictObject({
  requests: perMinute.optional().describe("requests a minute"),
  tokens: perMinute.optional().describe("tokens a minute"),
});

/** What whoever vends a key says of it: in the configuration and to the admin API. */
export const keySettings = z.strictObject({
  name: z.string().min(1).max(200).describe("what people call it"),
  namespace: z
    .string()
    .min(1)
    .max(200)
    .optional()
    .describe("keys of one namespace are served what any of them taught; by default the key's own id"),
  models: z
    .array(z.string().min(1).max(200))
    .max(100)
    .default([])
    .describe("models it may ask, by name or pattern (`gpt-5*`); none: all"),
  limits: keyLimits.default({}).describe("what it may spend in a minute, in place of `limits.key`"),
});

/** What whoever vends a key says of it. */
export type KeySettings = z.input<typeof keySettings>;

/** An app key as the store has it. */
export const storedKey = z.object({
  v: z.literal(1),
  id: z.string(),
  name: z.string(),
  namespace: z.string(),
  models: z.array(z.string()),
  limits: keyLimits,
  issued: z.number(),
  expires: z.number().optional(),
});

/** A secret as the store has it: its digest, and the key that it opens. */
export const storedSecret = z.object({
  v: z.literal(1),
  key: z.string(),
  secret: z.string(),
  digest: z.string().regex(/^[0-9a-f]{64}$/),
  issued: z.number(),
});

/** A secret of a key. */
export type Secret = z.output<typeof storedSecret>;
