/** Tells what happens to those who listen, and counts it. */
import { type Asked, type CacheEvents, type Emit, Events, nameOf } from "../events.js";
import type { Answer } from "../types.js";
import { Counts } from "./stats.js";

/** The events of a cache. */
export class Signals {
  readonly counts = new Counts();
  readonly events = new Events((error, during) => this.thrown(error, during));

  /** Counts an event, and tells it. Never throws. */
  readonly emit: Emit = (name, event) => {
    this.counts.note(name, event);
    this.events.emit(name, event);
  };

  /** Tells of an answer, which it gives back. */
  answered(answer: Answer, asked: Asked): Answer {
    if (answer.status === "hit")
      this.emit("hit", { ...asked, match: answer.match, template: answer.template, saved: answer.saved });
    else if (answer.status === "miss")
      this.emit("miss", { ...asked, reason: answer.reason, depth: answer.depth });
    else this.emit("bypass", { ...asked, reason: answer.reason });
    return answer;
  }

  private thrown(error: unknown, during: keyof CacheEvents): void {
    const fault = { where: "listener", error: nameOf(error) } as const;
    // A listener of faults that throws is not told of itself, only counted.
    if (during === "fault") this.counts.note("fault", fault);
    else this.emit("fault", fault);
  }
}
