import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { commandLine } from "./support.js";

const folder = mkdtempSync(join(tmpdir(), "reprise-config-"));
afterAll(() => rmSync(folder, { recursive: true }));

function file(text: string): string {
  const path = join(folder, "reprise.yaml");
  writeFileSync(path, text);
  return path;
}

describe("reprise config", () => {
  it("check says that a file is sound, and whom it asks", async () => {
    const path = file(
      "providers: { one: { keys: [{ key: sk-secret }] }, two: { keys: [{ key: sk-secret }] } }",
    );
    const { code, out } = await commandLine(["config", "check", path]);
    expect([code, out]).toEqual([0, `${path} is sound: it asks one, two`]);
  });

  it("check names every fault with its place, ends with code 1, and shows no value", async () => {
    const path = file("providers:\n  one:\n    keyz: [sk-secret]\nlisten: { port: sk-secret }\n");
    const { code, out } = await commandLine(["config", "check", path]);
    expect(code).toBe(1);
    expect(out.split("\n")).toEqual([
      'reprise.yaml:3:5 providers.one: unknown name "keyz"',
      expect.stringMatching(/^reprise.yaml:4:17 listen.port: /),
    ]);
    expect(out).not.toContain("sk-secret");
    const told = JSON.parse((await commandLine(["config", "check", path, "--json"])).out) as unknown;
    expect(told).toMatchObject({
      ok: false,
      faults: [{ line: 3, column: 5, at: "providers.one" }, { line: 4 }],
    });
  });

  it("schema prints a JSON Schema that knows the sections", async () => {
    const { out } = await commandLine(["config", "schema"]);
    expect(Object.keys((JSON.parse(out) as { properties: object }).properties)).toContain("providers");
  });

  it("serve refuses what stands in the file, and a file that is wrong", async () => {
    const path = file("providers: { one: { keys: [{ key: sk-secret }] } }");
    const beside = await commandLine(["serve", "--config", path, "--upstream", "https://example.com"]);
    expect([beside.code, beside.err]).toEqual([2, expect.stringContaining("--upstream cannot stand beside")]);
    const wrong = await commandLine(["serve", "--config", join(folder, "nowhere.yaml")]);
    expect([wrong.code, wrong.err]).toEqual([2, expect.stringContaining("nowhere.yaml:1:1 cannot be read")]);
  });
});
