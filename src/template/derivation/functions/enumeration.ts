/** Reads an enumeration in words, and refuses one that could be read in two ways. */
import { EvaluationFault } from "../fault.js";

// What joins the last two items: " and ", " & ", also after a comma.
const JOINT = /,? (?:and|&) /g;
const QUOTES: Readonly<Record<string, string>> = { '"': '"', "'": "'", "`": "`", "“": "”", "‘": "’" };

/**
 * The items of "a, b and c". An "and" joins the last two, so it stands once, after the last comma: "Smith and Sons, Lee"
 * could be two or three. Quotation marks are taken off if they stand around every item. Linear in the text.
 */
export function enumerated(text: string): string[] {
  const joints = [...text.matchAll(JOINT)];
  const [joint] = joints;
  if (joints.length > 1) return unreadable();
  const head = joint ? text.slice(0, joint.index) : text;
  const tail = joint ? [text.slice(joint.index + joint[0].length)] : [];
  if (tail[0]?.includes(",")) return unreadable();
  const items = [...head.split(","), ...tail].map((item, index) => (index === 0 ? item : item.replace(/^ /, "")));
  const bare = items.map(unquoted);
  const found = bare.every((item) => item !== undefined) ? (bare as string[]) : items;
  return found.some((item) => item === "" || item.trim() !== item) ? unreadable() : found;
}

function unquoted(item: string): string | undefined {
  const close = QUOTES[item[0] ?? ""];
  return item.length > 2 && close !== undefined && item.endsWith(close) ? item.slice(1, -1) : undefined;
}

function unreadable(): never {
  throw new EvaluationFault("unreadable");
}
