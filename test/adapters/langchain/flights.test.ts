import { describe, expect, it } from "vitest";
import { createFlights, flightKey } from "../../../adapters/langchain/flights.js";

describe("flights", () => {
  it("bring their reply to all who join, also before they end", async () => {
    const flights = createFlights<string>();
    const flight = flights.open("a");
    const early = flights.join("a", undefined);
    flight?.share("reply");
    expect(await early).toBe("reply");
    expect(await flights.join("a", new AbortController().signal)).toBe("reply");
    flight?.end();
    expect(await flights.join("a", undefined)).toBeUndefined();
  });

  it("are one for each request", () => {
    const flights = createFlights<string>();
    expect(flights.open("a")).toBeDefined();
    expect(flights.open("a")).toBeUndefined();
    expect(flights.open("b")).toBeDefined();
  });

  it("that bring nothing set free whoever waits, and make room for the next", async () => {
    const flights = createFlights<string>();
    const flight = flights.open("a");
    const waiting = flights.join("a", undefined);
    flight?.share(undefined);
    expect(await waiting).toBeUndefined();
    const next = flights.open("a");
    expect(next).toBeDefined();
    // The end of the first is not the end of the second.
    flight?.end();
    expect(flights.open("a")).toBeUndefined();
  });

  it("let go of those who leave", async () => {
    const flights = createFlights<string>();
    flights.open("a");
    const leaving = new AbortController();
    const waiting = flights.join("a", leaving.signal);
    leaving.abort();
    expect(await waiting).toBeUndefined();
    expect(await flights.join("a", leaving.signal)).toBeUndefined();
  });

  it("say when someone joins, once, or at once if someone has", async () => {
    const flights = createFlights<string>();
    const flight = flights.open("a");
    let joins = 0;
    flight?.onJoin(() => joins++);
    void flights.join("a", undefined);
    void flights.join("a", undefined);
    expect(joins).toBe(1);
    flight?.onJoin(() => joins++);
    expect(joins).toBe(2);
    flight?.end();
  });

  it("do not pile up when their readers forget them", () => {
    const flights = createFlights<string>();
    for (let index = 0; index <= 1_000; index++) flights.open(String(index));
    expect(flights.open("0")).toBeDefined();
    expect(flights.open("1000")).toBeUndefined();
  });
});

describe("a flight's key", () => {
  const request = { messages: [{ role: "user", content: "Hi" }], model: "m" };

  it("is that of the call to the model: bindings and opt-outs do not change it, all else does", () => {
    expect(flightKey({ ...request, bindings: { a: 1 }, induce: false })).toBe(flightKey(request));
    const others = [{ scope: "s" }, { model: "n" }, { tools: [1] }, { settings: { seed: 1 } }, { messages: [] }];
    expect(new Set([request, ...others.map((other) => ({ ...request, ...other }))].map(flightKey)).size).toBe(6);
  });
});
