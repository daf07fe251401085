import { describe, expect, it } from "vitest";
import { answerTo, type Step, task, teach } from "../../support/agent.js";
import { calls, setUp } from "../../support/cache.js";

const CODES: Readonly<Record<string, string>> = Object.fromEntries(
  "Oslo OSL Rome FCO Bonn CGN Nice NCE Lima LIM Graz GRZ Lyon LYS Turin TRN Basel BSL Porto OPO Cork ORK Delft RTM Split SPU"
    .split(" ")
    .flatMap((word, index, words) => (index % 2 === 0 ? [[word, words[index + 1] ?? ""]] : [])),
);
const CITIES = Object.keys(CODES);
const flight = (question: (city: string) => string, city: string, date: string): Step =>
  task(`${question(city)} on ${date}`, calls("flights", { to: CODES[city], date }));
const find = (city: string): string => `Find a flight to ${city}`;
const book = (city: string): string => `I have to be in ${city}, book something`;

const day = (index: number): string => `2026-03-${10 + (index % 20)}`;
// So often that it is no accident which code a city has.
const LEARNED = CITIES.flatMap((city, index) => [city, CITIES[Math.max(0, index - 1)] as string, city]).map(
  (city, index) => flight(find, city, day(index)),
);

describe("what a text is shown to stand for", () => {
  it("in one wording holds in another", async () => {
    const { cache } = setUp();
    await teach(cache, LEARNED);
    await teach(
      cache,
      CITIES.slice(0, 12).map((city, index) => flight(book, city, day(index))),
    );
    expect(cache.printTree()).toContain('known(to, "flights.to")');
    expect(await answerTo(cache, flight(book, "Split", day(18)))).toBe(
      'template flights({"to":"SPU","date":"2026-03-28"})',
    );
  });

  it("is nothing where no wording has shown it", async () => {
    const { cache } = setUp();
    await teach(
      cache,
      ["Oslo", "Rome", "Bonn"].map((city, index) => flight(book, city, day(index))),
    );
    expect(cache.printTree()).not.toContain("known(");
  });

  it("is left to the model where it was never seen", async () => {
    const { cache } = setUp();
    await teach(cache, [...LEARNED, ...["Oslo", "Rome"].map((city) => flight(book, city, day(3)))]);
    const [messages] = flight(book, "Oslo", day(4));
    const elsewhere = JSON.parse(JSON.stringify(messages).replace("Oslo", "Quito"));
    expect(await answerTo(cache, [elsewhere, calls("flights", {})])).toMatch(/^miss/);
  });
});
