/** Kinds of values that several sections of the configuration hold. */
import * as z from "zod";

/** What the file calls a provider, a hook, a limit: a word that needs no quotes. */
export const name = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_.-]*$/i, "must be a word of letters, digits, dots, dashes and underscores");

/** A time in seconds, parts of one too. */
export const seconds = z.number().positive();

/** A whole number that is not negative. */
export const whole = z.number().int().min(0);

/** A number that counts something there is at least one of. */
export const count = z.number().int().positive();

/** Models by name, or by a pattern in which `*` stands for any run of characters. */
export const models = z.array(z.string().min(1)).min(1);

/** An address of http or https, without credentials, query or fragment. */
export const address = z
  .string()
  .refine(isAddress, "must be an address of http or https, without credentials, query or fragment")
  .transform((text) => new URL(text));

function isAddress(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password, search, hash } = new URL(text);
  return /^https?:$/.test(protocol) && `${username}${password}${search}${hash}` === "";
}
