/** What the configuration says of app keys, and of the listener where they are managed. */
import * as z from "zod";

/** The section `keys`. */
export const keysSection = z.strictObject({});

/** The section `admin`. */
export const adminSection = z.strictObject({});

/** The section `keys`, read. */
export type KeysConfig = z.output<typeof keysSection>;

/** The section `admin`, read. */
export type AdminConfig = z.output<typeof adminSection>;
