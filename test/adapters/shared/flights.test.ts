import { describe, expect, it } from "vitest";
import { createFlights } from "../../../adapters/shared/flights.js";

const turn = () => new Promise((next) => setImmediate(next));

describe("flights", () => {
  it("share one reply with everyone who boards", async () => {
    const flights = createFlights<string>();
    const { flight } = await flights.board("a", undefined);
    const waiting = [flights.board("a", undefined), flights.board("a", undefined)];
    flight?.share("reply");
    expect(await Promise.all(waiting)).toEqual([{ shared: "reply" }, { shared: "reply" }]);
    expect(await flights.board("a", undefined)).toEqual({ shared: "reply" });
    flight?.end();
    expect(await flights.board("a", undefined)).toHaveProperty("flight");
  });

  it("keep requests apart", async () => {
    const flights = createFlights<string>();
    await flights.board("a", undefined);
    expect(await flights.board("b", undefined)).toHaveProperty("flight");
  });

  it("let one of those set free take over, for the others to wait for", async () => {
    const flights = createFlights<string>();
    const leaders: number[] = [];
    const { flight: first } = await flights.board("a", undefined);
    const replies = [1, 2, 3].map(async (who) => {
      const { shared, flight } = await flights.board("a", undefined);
      if (flight) leaders.push(who);
      await turn();
      flight?.share("second");
      return shared ?? "own";
    });
    first?.share(undefined);
    expect(await Promise.all(replies)).toEqual(["own", "second", "second"]);
    expect(leaders).toEqual([1]);
  });

  it("make nobody wait for a third when two have brought nothing", async () => {
    const flights = createFlights<string>();
    const { flight: first } = await flights.board("a", undefined);
    const [second, third] = [flights.board("a", undefined), flights.board("a", undefined)];
    first?.share(undefined);
    const { flight } = await second;
    // The next flight is there before the one that waited learns that the second brought nothing.
    flight?.share(undefined);
    await flights.board("a", undefined);
    expect(await third).toEqual({});
  });

  it("let a waiting request leave when it is aborted, and nobody else", async () => {
    const flights = createFlights<string>();
    const { flight } = await flights.board("a", undefined);
    const leaving = new AbortController();
    const left = flights.board("a", leaving.signal);
    const stays = flights.board("a", new AbortController().signal);
    leaving.abort();
    expect(await left).toEqual({});
    expect(await flights.board("a", leaving.signal)).toEqual({});
    flight?.share("reply");
    expect(await stays).toEqual({ shared: "reply" });
  });

  it("set free who waits when they end without a reply", async () => {
    const flights = createFlights<string>();
    const { flight } = await flights.board("a", undefined);
    const waiting = flights.board("a", undefined);
    flight?.end();
    const { flight: next } = await waiting;
    expect(next).toBeDefined();
    // The end of the first is not the end of the second.
    flight?.end();
    const third = flights.board("a", undefined);
    next?.share("reply");
    expect(await third).toEqual({ shared: "reply" });
  });

  it("tell the leader about the first who joins, also one who joined before", async () => {
    const flights = createFlights<string>();
    const { flight } = await flights.board("a", undefined);
    let told = 0;
    const count = () => {
      told++;
    };
    flight?.onJoin(count);
    expect(told).toBe(0);
    void flights.board("a", undefined);
    void flights.board("a", undefined);
    expect(told).toBe(1);
    flight?.onJoin(count);
    expect(told).toBe(2);
  });

  it("forget the oldest when very many never end", async () => {
    const flights = createFlights<string>();
    const { flight: oldest } = await flights.board("0", undefined);
    for (let next = 1; next <= 1_000; next++) await flights.board(String(next), undefined);
    const { flight: newer } = await flights.board("0", undefined);
    expect(newer).toBeDefined();
    // The end of what is forgotten is not the end of the newer flight.
    oldest?.end();
    const waiting = flights.board("0", undefined);
    newer?.share("reply");
    expect(await waiting).toEqual({ shared: "reply" });
  });
});
