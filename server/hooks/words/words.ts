/** How the text in a stream's events is found and put back, whatever the API. */
import type { HookChunk } from "../define.js";

/** An event's data. It may be changed in place. */
export type Data = Record<string, unknown>;

/** Gives the text that is to stand in place of a piece. */
export type Say = (chunk: HookChunk) => Promise<string>;

/** The events to send in place of one: most often the same, with other text. */
export type Words = (data: Data, say: Say) => Promise<readonly Data[]>;

/** A part of a reply whose text comes in pieces. */
export class Part {
  /** What was sent of it. */
  sent = "";
  /** Whether any of it has come by. */
  hasBegun = false;
  isOver = false;

  constructor(
    readonly name: string,
    readonly kind: HookChunk["kind"],
  ) {}

  /** What is to be sent for a piece. */
  async say(
    text: string,
    { say, last = false }: { readonly say: Say; readonly last?: boolean },
  ): Promise<string> {
    if (this.isOver) return text;
    this.hasBegun = true;
    this.isOver = last;
    const given = text === "" && !last ? "" : await say({ text, kind: this.kind, part: this.name, last });
    this.sent += given;
    return given;
  }
}

/** Parts by name, in the order in which they began. */
export class Parts {
  private readonly parts = new Map<string, Part>();

  of(name: string, kind: HookChunk["kind"]): Part {
    const part = this.parts.get(name) ?? new Part(name, kind);
    this.parts.set(name, part);
    return part;
  }

  /** Those that are not over, of these names. */
  open(isOne: (name: string) => boolean): Part[] {
    return [...this.parts.values()].filter((part) => !part.isOver && isOne(part.name));
  }
}
