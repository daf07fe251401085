/** The instructions of each agent: one document each, the same for every question. */
import type { Agent } from "../model.js";
import { ARRANGE } from "./arrange.js";
import { DERIVE } from "./derive.js";
import { IDENTIFY } from "./identify.js";
import { MERGE } from "./merge.js";
import { NAME } from "./name.js";
import { WEIGH } from "./weigh.js";

export const INSTRUCTIONS: Readonly<Record<Agent, string>> = {
  identify: IDENTIFY,
  merge: MERGE,
  name: NAME,
  arrange: ARRANGE,
  derive: DERIVE,
  weigh: WEIGH,
};
