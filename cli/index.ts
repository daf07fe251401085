#!/usr/bin/env node
/** `reprise` on the command line. */
import { processIo } from "./io.js";
import { main } from "./main.js";

process.exitCode = await main(process.argv.slice(2), processIo());
