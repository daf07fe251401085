/**
 * How far an induced slot reaches, from the values seen in it; how much of that is trusted is for evidence to
 * say.
 */
import type { Domain } from "../../template/domain.js";
import { type Json, scalarText } from "../../template/json.js";
import { shapeOf } from "../../template/shape.js";
import {
  isFormed,
  isOpen,
  openKindOf,
  VALUE_KINDS,
  type ValueKind,
  valueKindOf,
} from "../../template/value-kinds.js";

/**
 * The domain of a slot that has held these values: of their forms, of their shapes, or as wide as the widest
 * of them.
 */
export function reachOf(...values: readonly Json[]): Domain {
  const kinds = new Set<ValueKind>();
  const shapes = new Set<string>();
  for (const value of values) {
    const text = scalarText(value);
    if (text === undefined) shapes.add(shapeOf(value));
    else {
      const kind = valueKindOf(text);
      kinds.add(isFormed(kind) ? kind : openKindOf(text));
    }
  }
  const widest = VALUE_KINDS.findLast((kind) => isOpen(kind) && kinds.has(kind));
  return {
    kinds: widest ? [widest] : [...kinds],
    values: [],
    except: [],
    ...(shapes.size > 0 && { shapes: [...shapes] }),
  };
}
