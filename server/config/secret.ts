/** A text that is never shown: it prints as `[secret]` wherever it is written without being asked for. */
import { inspect } from "node:util";
import * as z from "zod";

const SHOWN = "[secret]";

/** A secret. Logged, joined to a text, inspected or written as JSON it is `[secret]`. */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** The text itself: only where it is sent or compared. */
  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return SHOWN;
  }

  toJSON(): string {
    return SHOWN;
  }

  [inspect.custom](): string {
    return SHOWN;
  }
}

/** A field of the configuration that holds a secret: a text there, a `Secret` once it is read. */
export const secret = z
  .string()
  .min(1)
  .transform((text) => new Secret(text));
