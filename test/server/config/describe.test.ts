import { describe, expect, it } from "vitest";
import { configJsonSchema, configTable } from "../../../server/config/describe.js";

// `npx vitest run -u -- test/server/config/describe.test.ts` writes both anew.
describe("what is made of the one schema", () => {
  it("the table in the docs is current", async () => {
    const page = `# The configuration file\n\nMade of the schema that reads it; [gateway.md](gateway.md) says how its parts work together. A text may hold \`\${NAME}\`, which stands for the environment's, or be\n\`file:PATH\`, which stands for the text of a file beside this one; \`$\${\` stands for \`\${\`. Times are in seconds.\n\n${configTable()}\n`;
    await expect(page).toMatchFileSnapshot("../../../docs/configuration.md");
  });

  it("the JSON Schema for editors is current", async () => {
    await expect(`${JSON.stringify(configJsonSchema(), undefined, 2)}\n`).toMatchFileSnapshot(
      "../../../docs/reprise.schema.json",
    );
  });

  it("every name has its row, and every row says what for or what it may be", () => {
    const table = configTable();
    for (const name of [
      "providers.NAME.keys[].key",
      "routes[].strategy",
      "failover.backoff.max",
      "listen.port",
    ])
      expect(table).toContain(`\`${name}\``);
  });
});
