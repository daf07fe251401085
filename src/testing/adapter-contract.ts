/** What every adapter must do, whatever framework it speaks, as a suite that any adapter's author can run. */
import { asides } from "./adapter-contract/asides.js";
import { audits } from "./adapter-contract/audits.js";
import { openBench } from "./adapter-contract/bench.js";
import { differences } from "./adapter-contract/differences.js";
import { explanations } from "./adapter-contract/explanations.js";
import { cacheFailures } from "./adapter-contract/failures.js";
import { hitsAndMisses } from "./adapter-contract/hits.js";
import { requestsInFlight } from "./adapter-contract/in-flight.js";
import { neverLearned } from "./adapter-contract/refusals.js";
import { rejections } from "./adapter-contract/rejections.js";
import { repliesOfHits } from "./adapter-contract/replies.js";
import type { AdapterDriver } from "./adapter-driver.js";
import type { TestApi } from "./store-contract.js";

/** Registers the suite. Every test makes a cache of its own, in memory. */
export function adapterContract(driver: AdapterDriver, api: TestApi): void {
  const bench = openBench(driver, api);
  hitsAndMisses(bench);
  differences(bench);
  repliesOfHits(bench);
  neverLearned(bench);
  asides(bench);
  explanations(bench);
  rejections(bench);
  cacheFailures(bench);
  if (driver.capabilities.audits) audits(bench);
  if (driver.capabilities.coalescing) requestsInFlight(bench);
}
