/** What an inducer is asked, in tests of those that pass it on to a model. */
import type { InductionRequest } from "../../src/index.js";

export const INDUCTION_REQUEST: InductionRequest = {
  agent: "identify",
  instructions: "Find data.",
  input: { text: "hello" },
  schema: { type: "object" },
  signal: new AbortController().signal,
};
