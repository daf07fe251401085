/** Reads an enumeration in words, and refuses one that could be read in two ways. */
import { EvaluationFault } from "../fault.js";

// What joins the last two items: " and ", " & ", also after a comma.
const JOINT = /,? (?:and|&) /g;
const QUOTES: Readonly<Record<string, string>> = { '"': '"', "'": "'", "`": "`", "“": "”", "‘": "’" };

/**
 * The items of "a, b and c". An "and" joins the last two, so it stands once, after the last comma: "Smith and
 * Sons, Lee" could be two or three. Quotation marks are taken off if they stand around every item. Linear in
 * the text.
 */
export function enumerated(text: string): string[] {
  const joints = [...text.matchAll(JOINT)];
  const [joint] = joints;
  if (joints.length > 1) return unreadable();
  const head = joint ? text.slice(0, joint.index) : text;
  const tail = joint ? [text.slice(joint.index + joint[0].length)] : [];
  if (tail[0]?.includes(",")) return unreadable();
  const items = [...head.split(","), ...tail].map((item, index) =>
    index === 0 ? item : item.replace(/^ /, ""),
  );
  const bare = items.map(unquoted);
  const found = bare.every((item) => item !== undefined) ? (bare as string[]) : items;
  return found.every(isItem) ? found : unreadable();
}

/** The items between separators, none of which is more than a plain value on one line. */
export function listed(text: string, separator: string): string[] {
  const items = separator === "" ? [] : text.split(separator);
  const isPlain =
    items.length > 0 && items.every((item) => isItem(item) && QUOTES[item[0] ?? ""] === undefined);
  return isPlain ? items : unreadable();
}

// Something else may have been said in the list's place, or between its items.
function isItem(item: string): boolean {
  return item !== "" && item.trim() === item && !/[\n\r]/.test(item);
}

function unquoted(item: string): string | undefined {
  const close = QUOTES[item[0] ?? ""];
  return item.length > 2 && close !== undefined && item.endsWith(close) ? item.slice(1, -1) : undefined;
}

function unreadable(): never {
  throw new EvaluationFault("unreadable");
}
