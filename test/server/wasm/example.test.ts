/** The plugin of examples/gateway, built from its source as its reader builds it. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it, onTestFinished } from "vitest";
import { loadHooks } from "../../../server/hooks/load.js";
import { hooksSection } from "../../../server/hooks/schema.js";
import { request } from "../hooks/support.js";

it("the secret guard refuses keys, and lets all else pass", async () => {
  const folder = mkdtempSync(join(tmpdir(), "reprise-guard-"));
  const build = fileURLToPath(new URL("../../../examples/gateway/secret-guard/build.mjs", import.meta.url));
  execFileSync(process.execPath, [build, join(folder, "guard.wasm")]);
  const hooks = await loadHooks(hooksSection.parse([{ wasm: "guard.wasm" }]), { folder, onRun: () => {} });
  onTestFinished(async () => {
    await hooks?.close?.();
    rmSync(folder, { recursive: true });
  });
  const verdict = async (content: string) =>
    (await hooks?.onRequest(request({ body: { messages: [{ role: "user", content }] } })))?.to;
  expect(await verdict("How are you? Żółw 🐢")).toBe("go");
  expect(await verdict("My key: AKIAIOSFODNN7EXAMPLE, keep it")).toBe("refuse");
  expect(await verdict("AKIA is how they begin, AKIAIOSFODNN7 is none")).toBe("go");
  expect(await verdict("-----BEGIN RSA PRIVATE KEY-----\nabc")).toBe("refuse");
}, 60_000);
