/** The adapter contract, run on the AI SDK, with models of both provider specs. */
import { adapterContract } from "reprise/testing";
import { describe, expect, it } from "vitest";
import { driverOf, SDKS } from "./driver.js";

for (const sdk of SDKS) adapterContract(driverOf(sdk), { describe, it, expect });
