/** The adapter contract, run on Anthropic's client with `repriseFetch` beneath it. */
import { adapterContract } from "reprise/testing";
import { describe, expect, it } from "vitest";
import { driver } from "./driver.js";

adapterContract(driver, { describe, it, expect });
