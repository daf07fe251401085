// Requires every entry of the built package, as CommonJS programs do, on whatever Node runs this.
const { createCache } = require("reprise");
const entries = ["reprise/ai-sdk", "reprise/langchain", "reprise/store"].map(
  (name) => Object.keys(require(name)).length,
);
if (typeof createCache().lookup !== "function" || entries.includes(0))
  throw new Error("an entry of the package is empty");
console.log(`Node ${process.version} requires reprise and its entries`);
