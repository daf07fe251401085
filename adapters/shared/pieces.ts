/** How the text of a streamed hit is cut. */

/** `whole`: in one piece. `word`: word by word, if asked for with some milliseconds between them. */
export type Pieces = "whole" | "word" | { readonly by: "word"; readonly delay?: number | undefined };

/** The pieces of a text: each word with the white space before it, so that together they are the text. */
export function cut(text: string, pieces: Pieces): readonly string[] {
  return pieces === "whole" || text === "" ? [text] : (text.match(/\s*\S+|\s+$/g) ?? [text]);
}

/** Waits between two pieces, if that is asked for. */
export async function between(pieces: Pieces): Promise<void> {
  const delay = typeof pieces === "object" ? (pieces.delay ?? 0) : 0;
  if (delay > 0) await new Promise((resolve) => setTimeout(resolve, delay));
}
