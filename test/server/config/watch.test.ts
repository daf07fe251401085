import { describe, expect, it, vi } from "vitest";
import { gateway, saying } from "../gateway/support.js";
import { chat, send, textOf } from "../support.js";

const asks = (text: string) => ({ model: "m", messages: [{ role: "user", content: text }] });
const of = (url: string) => ({ base_url: url, keys: [{ key: "sk-stored" }] });

describe("a configuration that changes while it is in force", () => {
  it("is taken in whole, and calls under way keep what they began with", async () => {
    const [one, two] = [await saying("silent"), await saying("two")];
    const { url, write, said } = await gateway({
      providers: { one: { ...of(one.url), timeouts: { first_byte: 1.5 } } },
      failover: { attempts: 1 },
    });
    const begun = chat(url, { body: asks("a") });
    await vi.waitFor(() => expect(one.asked).toHaveLength(1));
    await write({ providers: { two: of(two.url) } });
    await vi.waitFor(() => expect(said.join()).toContain("is in force"), 5_000);
    expect(textOf(await chat(url, { body: asks("b") }))).toBe("two");
    expect((await begun).status).toBe(504);
  });

  it("a bad file keeps the old one, and says so in the log, to /readyz and in the metrics", async () => {
    const one = await saying("one");
    const good = { providers: { one: of(one.url) } };
    const { url, write, said } = await gateway(good);
    await write("providers:\n  one:\n    keys: [{ key: sk-new-secret, colour: blue }]\n");
    await vi.waitFor(() => expect(said.join()).toContain("refused"), 5_000);
    expect(said.join()).toContain('reprise.yaml:3:34 providers.one.keys.0: unknown name "colour"');
    expect(textOf(await chat(url))).toBe("one");
    const ready = await send(`${url}/_reprise/readyz`);
    expect(ready.status).toBe(200);
    expect(JSON.parse(ready.body.toString())).toMatchObject({
      status: "ready",
      config: { current: false, problem: expect.stringContaining("3:34") },
    });
    const metrics = async (): Promise<string> => (await send(`${url}/metrics`)).body.toString();
    expect(await metrics()).toMatch(/reprise_config_current 0(?:.|\n)*reprise_config_refused 1/);
    await write(good);
    await vi.waitFor(async () => expect(await metrics()).toContain("reprise_config_current 1"), 5_000);
  });

  it("what needs a new start is refused whole, though the rest of the file is good", async () => {
    const [one, two] = [await saying("one"), await saying("two")];
    const { url, write, said } = await gateway({ providers: { one: of(one.url) } });
    await write({ providers: { two: of(two.url) }, cache: { policy: "exact" } });
    await vi.waitFor(() => expect(said.join()).toContain("`cache`: a change needs a new start"), 5_000);
    expect(textOf(await chat(url))).toBe("one");
  });

  it("a file that it names by file: is watched like itself", async () => {
    const one = await saying("one");
    const { url, folder, write, said } = await gateway({ providers: { one: of(one.url) } });
    const { writeFile } = await import("node:fs/promises");
    await writeFile(`${folder}/key`, "sk-first");
    await write({ providers: { one: { base_url: one.url, keys: [{ key: "file:key" }] } } });
    await vi.waitFor(() => expect(said).toHaveLength(1), 5_000);
    await writeFile(`${folder}/key`, "sk-second");
    await vi.waitFor(() => expect(said).toHaveLength(2), 5_000);
    await chat(url, { body: asks("x") });
    expect(one.asked.at(-1)?.headers).toContain("Bearer sk-second");
    expect(said.join()).not.toContain("sk-");
  });
});
