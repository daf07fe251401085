import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { secretFor, storeAt } from "../../cli/store.js";

const folder = mkdtempSync(join(tmpdir(), "reprise-cli-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("where the command keeps what it learns", () => {
  it("is a file, told by its whole path", () => {
    for (const scheme of ["sqlite://", "sqlite:", "file:"])
      expect(storeAt(`${scheme}${folder}/a.sqlite`).told).toBe(`${folder}/a.sqlite`);
    expect(storeAt("sqlite://a.sqlite").told).toBe(join(process.cwd(), "a.sqlite"));
  });

  it("is a database, told without its password", () => {
    expect(storeAt("postgresql://me:hush@db.test:5432/app").told).toBe("postgresql://db.test:5432/app");
    expect(storeAt("redis://:hush@db.test:6379/1").told).toBe("redis://db.test:6379/1");
  });

  it("is nowhere, if that is asked for", () => expect(storeAt("memory").store).toBeUndefined());

  it.each(["", "mysql://x/", "reprise.sqlite"])("is not %j", (address) =>
    expect(() => storeAt(address)).toThrow(RangeError),
  );
});

describe("what tenants are told apart with", () => {
  it("is made once for a file, and read by its owner alone", () => {
    const chosen = storeAt(`sqlite://${folder}/b.sqlite`);
    const secret = secretFor({ given: undefined, chosen, shared: false });
    expect(secret).toMatch(/^[\da-f]{64}$/);
    expect(secretFor({ given: undefined, chosen, shared: false })).toBe(secret);
    expect(readFileSync(`${folder}/b.sqlite.secret`, "utf8").trim()).toBe(secret);
    expect(statSync(`${folder}/b.sqlite.secret`).mode & 0o077).toBe(0);
  });

  it("must be given where several processes use one store, unless all share", () => {
    const chosen = storeAt("postgresql://db.test/app");
    expect(() => secretFor({ given: undefined, chosen, shared: false })).toThrow("REPRISE_SECRET");
    expect(secretFor({ given: "given", chosen, shared: false })).toBe("given");
    expect(secretFor({ given: undefined, chosen, shared: true })).toHaveLength(64);
  });
});
