import { describe, expect, it } from "vitest";
import { Jobs } from "../../../src/learn/schedule/jobs.js";

describe("the queue of learning", () => {
  const setUp = (limit = 10, work: (job: number) => Promise<void> = async () => {}) => {
    const done: number[] = [];
    const shed: number[] = [];
    const jobs = new Jobs<number>(
      async (job) => {
        await work(job);
        done.push(job);
      },
      { maxJobs: limit },
      (dropped) => void shed.push(dropped),
    );
    return { jobs, done, shed };
  };

  it("works in order, after what called has returned", async () => {
    const { jobs, done } = setUp();
    const last = [1, 2, 3].map((job) => jobs.add(job)).at(-1);
    expect([done, jobs.length]).toEqual([[], 3]);
    await last;
    expect([done, jobs.length]).toEqual([[1, 2, 3], 0]);
  });

  it("sheds the oldest waiting job when it is full, counts it, and frees who waits for it", async () => {
    const { jobs, done, shed } = setUp(3);
    const promises = [1, 2, 3, 4, 5].map((job) => jobs.add(job));
    await Promise.all(promises);
    expect([done, shed, jobs.dropped]).toEqual([[3, 4, 5], [1, 1], 2]);
  });

  it("lets a job that fails fail alone", async () => {
    const { jobs, done } = setUp(10, async (job) => {
      if (job === 2) throw new Error("no");
    });
    await Promise.all([1, 2, 3].map((job) => jobs.add(job)));
    await jobs.settled();
    await jobs.add(4);
    expect(done).toEqual([1, 3, 4]);
  });

  it("sheds by size too, but not the last", async () => {
    const done: string[] = [];
    const work = async (job: string): Promise<void> => void done.push(job);
    const jobs = new Jobs<string>(
      work,
      { maxJobs: 10, maxSize: 10, sizeOf: ({ length }) => length },
      () => {},
    );
    for (const job of ["four", "five5", "six666"]) void jobs.add(job);
    expect(jobs.holding).toEqual({ entries: 1, bytes: 6, maxEntries: 10, maxBytes: 10 });
    void jobs.add("more than it may be");
    await jobs.settled();
    expect([done, jobs.dropped, jobs.holding.bytes]).toEqual([["more than it may be"], 3, 0]);
  });

  it("runs no job while something else is done between them, one at a time", async () => {
    const open: string[] = [];
    const seen: string[][] = [];
    const busy = async (name: string): Promise<void> => {
      open.push(name);
      await new Promise((resolve) => setTimeout(resolve, 2));
      seen.push([...open]);
      open.pop();
    };
    const { jobs } = setUp(10, (job) => busy(`job ${job}`));
    const adding = [1, 2].map((job) => jobs.add(job));
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    const failing = jobs.between(async () => {
      await busy("first");
      throw new Error("no");
    });
    const both = Promise.all([
      failing.catch(() => "failed"),
      jobs.between(() => busy("second")),
      jobs.add(3),
      ...adding,
    ]);
    expect((await both)[0]).toBe("failed");
    expect(seen.every(({ length }) => length === 1)).toBe(true);
    expect(seen.flat().toSorted()).toEqual(["first", "job 1", "job 2", "job 3", "second"]);
    expect(seen.flat().indexOf("first")).toBeLessThan(seen.flat().indexOf("job 3"));
  });

  it("is settled when nothing waits or runs, what was added meanwhile included", async () => {
    const { jobs, done } = setUp(10, async (job) => {
      if (job < 3) void jobs.add(job + 1);
    });
    void jobs.add(1);
    await jobs.settled();
    expect(done).toEqual([1, 2, 3]);
    await jobs.settled();
  });

  it("gives the event loop turns while it works through many", async () => {
    const { jobs } = setUp(100, async () => {
      for (const until = performance.now() + 2; performance.now() < until; );
    });
    let turns = 0;
    const tick = (): void => {
      turns++;
      if (jobs.length > 0) setImmediate(tick);
    };
    for (let job = 0; job < 30; job++) void jobs.add(job);
    setImmediate(tick);
    await jobs.settled();
    expect(turns).toBeGreaterThan(3);
  });
});
