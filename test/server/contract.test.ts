/** The adapter contract through the proxy: OpenAI's client and Anthropic's, real sockets, over all three APIs. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { adapterContract, type TestApi } from "reprise/testing";
import { afterAll, describe, expect, it } from "vitest";
import { startProxy } from "../../server/index.js";
import { driverOf as messagesDriver } from "../adapters/anthropic/driver.js";
import { type Between, driverOf } from "../adapters/openai/driver.js";
import type { ScriptedProvider } from "../adapters/openai/support.js";
import { SECRET } from "./support.js";

const closing: (() => Promise<unknown>)[] = [];
afterAll(async () => {
  await Promise.all(closing.map((close) => close()));
});

/** A scripted provider behind a socket. */
function listening({ fetch }: ScriptedProvider): Promise<string> {
  const server = createServer(async (incoming, outgoing) => {
    try {
      const pieces: Buffer[] = [];
      for await (const piece of incoming) pieces.push(piece as Buffer);
      const leaving = new AbortController();
      outgoing.on("close", () => leaving.abort());
      const response = await fetch(`http://provider${incoming.url}`, {
        method: "POST",
        body: Buffer.concat(pieces).toString(),
        signal: leaving.signal,
      });
      outgoing.writeHead(response.status, [...response.headers].flat());
      for await (const piece of response.body ?? []) {
        if (outgoing.destroyed) return;
        if (!outgoing.write(piece)) await new Promise((resolve) => outgoing.once("drain", resolve));
      }
      outgoing.end();
    } catch {
      outgoing.destroy();
    }
  });
  closing.push(async () => {
    server.closeAllConnections();
    server.close();
  });
  return new Promise((resolve) =>
    server.listen(0, "127.0.0.1", () =>
      resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`),
    ),
  );
}

const DRIVERS = {
  chat: (between: Between) => driverOf("chat", between),
  responses: (between: Between) => driverOf("responses", between),
  messages: messagesDriver,
};

for (const [api, driverOver] of Object.entries(DRIVERS)) {
  const driver = driverOver({
    name: `reprise serve, ${api}`,
    fetchOver({ cache, options }, provider) {
      const started = listening(provider).then(async (upstream) => {
        const proxy = await startProxy(cache, {
          upstream,
          port: 0,
          secret: SECRET,
          mode: options?.mode,
          ...(options?.chunks === "word" && { chunks: "word" }),
          drainTimeout: 100,
        });
        closing.push(() => proxy.stop());
        return proxy.url;
      });
      return async (input, init) => fetch(`${await started}${new URL(String(input)).pathname}`, init);
    },
  });
  // Every call through a proxy has its tenant for a scope, and all go to one upstream; what streams is paced
  // by nobody.
  const isOfPrograms = /^have no scope|^are divided by a scope|^the deployment|"delay"/;
  const ofProxies: TestApi["it"] = (name, run) =>
    isOfPrograms.test(name) ? it.skip(name, run) : it(name, run);
  adapterContract(driver, { describe, it: ofProxies, expect });
}
