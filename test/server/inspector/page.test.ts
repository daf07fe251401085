/**
 * The page in a real browser, before a cache that learns while it is watched. `REPRISE_SCREENSHOTS=1` renews the
 * pictures in docs.
 */
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { type Browser, chromium, type Page } from "playwright-core";
import { type Cache, createCache } from "reprise";
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { startInspector } from "../../../server/inspector/index.js";
import { encodeEntry } from "../../../src/tree/record.js";
import { FIRMS, PEOPLE, task, teach } from "../../support/agent.js";
import { type Build, build } from "../../support/build.js";
import { ask, calls, says, user } from "../../support/cache.js";
import { learntOf, templateOf } from "../../support/turns.js";

const BROWSER = process.env.CHROMIUM ?? "/usr/bin/chromium";
const isThere = process.env.REPRISE_REQUIRE_SERVICES === "1" || existsSync(BROWSER);
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const PICTURES = new URL("../../../docs/pictures/", import.meta.url);
const PATIENCE = { timeout: 30_000 };

let bundle: Build;
let browser: Browser;
beforeAll(async () => {
  if (!isThere) return;
  bundle = build("page");
  browser = await chromium.launch({ executablePath: BROWSER, args: ["--no-sandbox"] });
}, 120_000);
afterAll(async () => {
  await browser?.close();
  bundle?.remove();
});

const usage = { inputTokens: 1_200, outputTokens: 60 };

/** Opens the page of a cache, and notes whatever the browser complains of. */
async function open(cache: Cache, colorScheme: "light" | "dark" = "light") {
  const inspector = await startInspector(cache, { assets: new URL(bundle.url("inspector/")) });
  const context = await browser.newContext({ viewport: { width: 1280, height: 860 }, colorScheme });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(error.message));
  onTestFinished(async () => {
    await context.close();
    await inspector.stop();
    await cache.close();
  });
  await page.goto(inspector.url);
  await page.getByText("live", { exact: true }).waitFor(PATIENCE);
  const go = async (place: string): Promise<void> => {
    await page.getByRole("link", { name: place, exact: true }).click(PATIENCE);
  };
  return { page, complaints, go };
}

/** What axe-core finds serious in the page as it is. */
async function seriousFindings(page: Page): Promise<string[]> {
  // The policy of the page lets no script in but its own; a debugger's is not the page's.
  await page.evaluate(AXE);
  const { violations } = (await page.evaluate("axe.run()")) as {
    violations: { id: string; impact: string; nodes: { html: string }[] }[];
  };
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
}

async function picture(page: Page, name: string): Promise<void> {
  if (process.env.REPRISE_SCREENSHOTS === "1")
    await page.screenshot({ path: new URL(`${name}.png`, PICTURES).pathname });
}

/** Plays a small support desk: what is known is served, the rest is asked and learned. */
async function work(cache: Cache, rounds: number): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    const [name = "", firm = ""] = [PEOPLE[round % PEOPLE.length], FIRMS[(round * 5) % FIRMS.length]];
    for (const [question, reply] of [
      [`Find ${name} in the list`, calls("find", { name })],
      [`Which orders has ${firm}?`, calls("get_orders", { customer: firm })],
      [`Write a one-line welcome for ${name}.`, says(`Welcome, ${name}! Good to have you here.`)],
    ] as const) {
      const request = ask(question, { model: "gpt-5-mini" });
      if ((await cache.lookup(request)).status === "hit") continue;
      await cache.observe(request, reply, { usage });
      await cache.settled();
    }
  }
}

const prices = { "gpt-5-mini": { input: 0.25, output: 2 } };

describe.skipIf(!isThere)(
  `the page in Chromium (skipped where ${BROWSER} is not there)`,
  { timeout: 120_000 },
  () => {
    it("shows a cache that learns while it is watched", async () => {
      const cache = createCache({ auditRate: 0, prices });
      const { page, complaints, go } = await open(cache);
      const figure = (name: string) =>
        page.locator(".figures > div", { has: page.getByText(name, { exact: true }) }).locator(".value");
      await expect.poll(() => figure("Exchanges").textContent(), PATIENCE).toBe("0");
      await work(cache, 8);
      await expect.poll(() => figure("Exchanges").textContent(), PATIENCE).not.toBe("0");
      const { hits, templates } = cache.stats();
      const all = hits.exact + hits.template;
      await expect.poll(async () => Number(await figure("Hits").textContent()), PATIENCE).toBe(all);
      expect(all).toBeGreaterThan(5);
      await expect.poll(() => page.locator(".events").textContent(), PATIENCE).toContain("promoted");
      await expect.poll(() => figure("Saved").textContent(), PATIENCE).toMatch(/^\$0\.\d+/);
      await page.getByRole("row", { name: "unseen" }).waitFor(PATIENCE);
      await expect.poll(() => page.locator("figure canvas").count(), PATIENCE).toBe(2);
      // Some seconds of the last minute, so that there are lines to see.
      await vi.waitFor(async () => expect(await page.locator("figure .u-legend").count()).toBe(2), PATIENCE);
      if (process.env.REPRISE_SCREENSHOTS === "1")
        await work(cache, 40).then(() => page.waitForTimeout(8_000));
      await picture(page, "overview");

      await go("Templates");
      const tree = page.getByRole("tree");
      await tree.getByRole("treeitem").nth(1).waitFor(PATIENCE);
      await expect
        .poll(() => page.getByRole("heading", { level: 2 }).first().textContent(), PATIENCE)
        .toContain(`${templates.live + templates.candidate + templates.retired} templates`);
      expect(complaints).toEqual([]);
    });

    it("is walked by keys: into the tree, to a template, and a person's word on it", async () => {
      const cache = createCache({ auditRate: 0 });
      await work(cache, 6);
      const { page, complaints, go } = await open(cache);
      await go("Templates");
      const tree = page.getByRole("tree");
      await tree.getByRole("treeitem").nth(1).waitFor(PATIENCE);
      await tree.focus();
      const active = () => tree.getAttribute("aria-activedescendant");
      await expect.poll(active, PATIENCE).toBe("row-0");
      await page.keyboard.press("ArrowDown");
      await expect.poll(active, PATIENCE).toBe("row-1");
      await page.keyboard.press("ArrowLeft");
      await expect.poll(active, PATIENCE).toBe("row-0");
      await page.keyboard.press("End");
      await page.keyboard.press("ArrowRight");
      await tree.locator(".row.reply").first().waitFor(PATIENCE);
      await page.keyboard.press("ArrowRight");
      await page.keyboard.press("Enter");
      const details = page.getByRole("region", { name: "Selected template" });
      await details.getByRole("heading", { name: /^Template/ }).waitFor(PATIENCE);
      for (const part of ["Slots", "What the reply is made of", "Examples", "Contradicted by", "Last hits"])
        await details.getByText(part, { exact: true }).waitFor(PATIENCE);
      await picture(page, "template");

      const retire = details.getByRole("button", { name: "Retire" });
      await expect.poll(() => retire.isDisabled(), PATIENCE).toBe(true);
      await details.getByLabel("Your name").fill("Ann");
      await details.getByLabel("Reason").fill("not like this");
      await retire.click(PATIENCE);
      await details.getByRole("heading", { name: /retired$/ }).waitFor(PATIENCE);
      await details.getByText("not like this").waitFor(PATIENCE);
      await details.getByLabel("Reason").fill("after all");
      await details.getByRole("button", { name: "Approve" }).click(PATIENCE);
      await details.getByRole("heading", { name: /live$/ }).waitFor(PATIENCE);
      await tree.getByText("approved", { exact: true }).first().waitFor(PATIENCE);
      const before = cache.templates().length;
      await details.getByRole("button", { name: "Forget" }).click(PATIENCE);
      await details.getByRole("button", { name: "Erase it everywhere?" }).click(PATIENCE);
      await expect.poll(() => cache.templates().length, PATIENCE).toBeLessThan(before);
      expect(complaints).toEqual([]);
    });

    it("says step by step where a pasted request stops", async () => {
      const cache = createCache({ auditRate: 0 });
      await work(cache, 6);
      const { page, complaints, go } = await open(cache);
      await go("Explain");
      const request = page.getByLabel("The request as JSON");
      const explain = () => page.getByRole("button", { name: "Explain" }).click(PATIENCE);
      await request.fill("{");
      await explain();
      await page.getByRole("alert").getByText("This is no JSON").waitFor(PATIENCE);
      await request.fill(
        JSON.stringify({ model: "gpt-5-mini", messages: [user("Find Zed Zulu in the list")] }),
      );
      await explain();
      await page.getByText("Served by a template").waitFor(PATIENCE);
      await request.fill(JSON.stringify({ model: "gpt-5-mini", messages: [user("Find Zed Zulu, please")] }));
      await explain();
      await page.getByText("Not served").waitFor(PATIENCE);
      await page.locator(".steps .stops").waitFor(PATIENCE);
      await picture(page, "explain");
      expect(complaints).toEqual([]);
    });

    it.each(["light", "dark"] as const)("has no serious finding of axe-core, %s", async (scheme) => {
      const cache = createCache({ auditRate: 0, prices });
      await work(cache, 6);
      const { page, go } = await open(cache, scheme);
      await page.locator("figure canvas").first().waitFor(PATIENCE);
      expect(await seriousFindings(page)).toEqual([]);
      await go("Templates");
      await page.getByRole("treeitem").nth(1).waitFor(PATIENCE);
      await page.getByRole("tree").focus();
      for (const key of ["End", "ArrowRight"]) await page.keyboard.press(key);
      await page.locator(".row.reply").first().click(PATIENCE);
      await page.getByRole("button", { name: "Approve" }).waitFor(PATIENCE);
      expect(await seriousFindings(page)).toEqual([]);
      if (scheme === "dark") await picture(page, "dark");
      await go("Explain");
      await page.getByRole("button", { name: "Explain" }).click(PATIENCE);
      await page.getByText("Not served").waitFor(PATIENCE);
      expect(await seriousFindings(page)).toEqual([]);
    });

    it("shows what looks like a script as the text it is", async () => {
      const hostile = '<img src=x onerror="window.hit=1"><script>window.hit=1</script>';
      const cache = createCache({ policy: "eager", auditRate: 0 });
      await teach(cache, [task("Say it to Ann Marsh", calls("find", { name: "Ann Marsh", mark: hostile }))]);
      const { page, complaints, go } = await open(cache);
      await go("Templates");
      await page.getByRole("treeitem").nth(1).waitFor(PATIENCE);
      await expect
        .poll(() => page.getByRole("tree").textContent(), PATIENCE)
        .toContain("<img src=x onerror=");
      const [template] = cache.templates();
      await cache.approve(template?.id ?? "", { author: hostile, reason: "javascript:alert(1)" });
      await page.goto(`${page.url().split("#")[0]}#/templates/${template?.id}`);
      await page.getByText("Approved", { exact: true }).waitFor(PATIENCE);
      await expect
        .poll(() => page.locator("article").textContent(), PATIENCE)
        .toContain("<script>window.hit=1</script>");
      await go("Explain");
      await page.getByLabel("The request as JSON").fill(JSON.stringify({ messages: [user(hostile)] }));
      await page.getByRole("button", { name: "Explain" }).click(PATIENCE);
      await page.getByText("Not served").waitFor(PATIENCE);
      expect(await page.evaluate("window.hit")).toBeUndefined();
      expect(await page.locator("img, main script").count()).toBe(0);
      expect(complaints).toEqual([]);
    });

    it("keeps few rows of ten thousand templates in the page, and comes to the last of them", async () => {
      const cache = createCache({ auditRate: 0 });
      await cache.import(manyTemplates(10_000));
      expect(cache.templates().length).toBe(10_000);
      const { page, complaints, go } = await open(cache);
      await page.evaluate(WATCH_LONG_TASKS);
      await go("Templates");
      const rows = page.getByRole("treeitem");
      await rows.nth(5).waitFor(PATIENCE);
      await expect.poll(() => rows.count(), PATIENCE).toBeLessThan(100);
      const tree = page.getByRole("tree");
      await tree.focus();
      // The others are read when they are asked for, until there are none: then the row that asks is gone.
      const last = page.getByText("user: task 0 for {{name}}");
      while ((await last.count()) === 0) {
        await page.keyboard.press("End");
        await page
          .locator(".row.more")
          .click({ timeout: 500 })
          .catch(() => undefined);
      }
      await last.first().waitFor(PATIENCE);
      for (let step = 0; step < 40; step++) {
        await page.mouse.move(300, 400);
        await page.mouse.wheel(0, -5_000);
      }
      await expect.poll(() => rows.count(), PATIENCE).toBeLessThan(100);
      expect(complaints).toEqual([]);
      if (process.env.REPRISE_MEASURE !== "1") return;
      const measured = await page.evaluate(
        "({ paint: performance.getEntriesByName('first-contentful-paint')[0].startTime, long: window.longTasks })",
      );
      process.stderr.write(`${JSON.stringify(measured)}\n`);
    });
  },
);

const WATCH_LONG_TASKS = `window.longTasks = [];
new PerformanceObserver((list) => { for (const { duration } of list.getEntries()) window.longTasks.push(Math.round(duration)); }).observe({ type: "longtask" });`;

/** Lines of an export with so many templates of one scope. */
function* manyTemplates(count: number): Iterable<string> {
  yield `${JSON.stringify({ format: "reprise", version: 1, namespace: "default" })}\n`;
  for (let index = 0; index < count; index++) {
    const learnt = { ...learntOf(templateOf(`task ${index} for {{name}}`)), at: index + 1 };
    const read = [`user: task ${index} for {{name}}`];
    yield `${JSON.stringify({ kind: "template", read: [...read, READ], id: learnt.id, at: learnt.at, body: encodeEntry(learnt) })}\n`;
  }
}

const READ = "⇒ assistant: ok";
