import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { evaluate } from "../../../src/template/derivation/evaluate.js";
import { FUNCTION_GROUPS } from "../../../src/template/derivation/functions/index.js";
import { parseExpression } from "../../../src/template/derivation/parse.js";
import { type Json, printJson } from "../../../src/template/json.js";
import { written as json } from "../../support/turns.js";

const PAGE = fileURLToPath(new URL("../../../docs/derivations.md", import.meta.url));

function table(): string {
  const cell = (text: string): string => text.replaceAll("|", "\\|");
  return FUNCTION_GROUPS.map(({ title, functions }) => {
    const rows = functions.map(
      ({ signature, gives, summary, example }) =>
        `| \`${signature}\` | ${gives} | ${cell(summary)} | \`${cell(example[0])}\` is \`${cell(example[1])}\` |`,
    );
    return [`### ${title}`, "", "| function | gives | | example |", "|---|---|---|---|", ...rows].join("\n");
  }).join("\n\n");
}

describe("docs/derivations.md", () => {
  it("lists every function as the table of the language has it (vitest -u writes it)", async () => {
    const page = await readFile(PAGE, "utf8");
    const [head, , tail] = page.split(
      /(?<=<!-- functions:[^\n]*-->\n)([\s\S]*?)(?=<!-- end of functions -->)/,
    );
    await expect(`${head}\n${table()}\n\n${tail}`).toMatchFileSnapshot(PAGE);
  });

  it("says what its worked examples really give", async () => {
    const page = await readFile(PAGE, "utf8");
    const worked = page.slice(page.indexOf("## Worked examples"));
    const rows = [...worked.matchAll(/^\| ([\w ]+) \| `(.+?)`(?: \| `(.+)`)? \|/gm)];
    const result = json(
      worked.slice(worked.indexOf("{", worked.indexOf("gave `result`")), worked.indexOf("| step |")),
    );
    const bindings = new Map<string, Json>([["result", result]]);
    for (const [, name = "", value = ""] of worked.matchAll(/^\| `(\w+)` \| `(.+)` \|$/gm))
      bindings.set(name, json(value));
    let checked = 0;
    for (const [, name = "", expression = "", value] of rows) {
      const given = evaluate(parseExpression(expression), bindings);
      expect(given.ok).toBe(true);
      if (!given.ok || value === undefined) continue;
      expect(`${expression} = ${printJson(given.value)}`).toBe(`${expression} = ${printJson(json(value))}`);
      if (!bindings.has(name)) bindings.set(name, given.value);
      checked++;
    }
    expect(checked).toBe(10);
  });
});
