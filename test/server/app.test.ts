import { describe, expect, it } from "vitest";
import { createApp } from "../../server/app.js";
import { gateway, saying } from "./gateway/support.js";
import { send } from "./support.js";

/** Each method and path that is registered, a star in it filled. */
function routes(): string[][] {
  // What routes there are does not depend on what they work with.
  const app = createApp({ inspector: undefined } as Parameters<typeof createApp>[0]);
  const found = app.routes.map(({ method, path }) => [method === "ALL" ? "POST" : method, path]);
  return [...new Map(found.map((each) => [each.join(), each])).values()];
}

// What the last of them, for everything else, stands for.
const BEHIND_STAR = [
  "/v1/chat/completions",
  "/v1/responses",
  "/v1/messages",
  "/v1/embeddings",
  "/v1/models",
  "/native/one/v1/chat/completions",
  "/native/one/v1/anything",
  "/anything",
];

describe("every route that is registered", () => {
  it("asks for the token where one is asked for, and takes no body beyond the limit", async () => {
    const one = await saying("yes");
    const token = "a-token-of-sixteen-characters";
    const { url } = await gateway({
      providers: { one: { base_url: one.url, keys: [{ key: "sk-stored" }] } },
      listen: { tokens: [token], inspect: "off", max_body: 1, max_upload: 1 },
    });
    const paths = routes().flatMap(([method = "", path = ""]) =>
      path === "/*" ? BEHIND_STAR.map((each) => [method, each]) : [[method, path.replace("*", "anything")]],
    );
    expect(paths.length).toBeGreaterThan(14);
    const elsewhere = ["X-Forwarded-For", "203.0.113.9", "Content-Type", "application/json"];
    for (const [method = "", path = ""] of paths) {
      const { status } = await send(`${url}${path}`, { method, headers: elsewhere });
      expect([method, path, status]).toEqual([method, path, 401]);
      if (method === "GET") continue;
      const headers = [...elsewhere, "Reprise-Auth", `Bearer ${token}`];
      const long = JSON.stringify({ model: "m", id: "x".repeat(5 * 1024 * 1024) });
      const sent = await send(`${url}${path}`, { method, headers, body: long });
      // Nothing is there under `/_reprise` but what is listed; it reads no body then.
      const taken = [413, ...(path.startsWith("/_reprise/") ? [400, 404] : [])];
      expect([method, path, taken.includes(sent.status)]).toEqual([method, path, true]);
    }
    expect(one.asked).toEqual([]);
  });
});
