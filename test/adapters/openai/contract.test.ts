/** The adapter contract, run on OpenAI's client with `repriseFetch` beneath it, over both APIs. */
import { adapterContract } from "reprise/testing";
import { describe, expect, it } from "vitest";
import { drivers } from "./driver.js";

for (const driver of drivers) adapterContract(driver, { describe, it, expect });
