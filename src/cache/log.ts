/** Writes what happens to a logger of pino's shape: ids, codes and counts; what was said only at `trace`, if asked for. */
import type { CacheEvents, Emit, Events } from "../events.js";
import { nameOf } from "../events.js";
import type { Logger, Settings } from "../options.js";
import { redacted } from "../redact.js";
import type { Answer, CacheRequest, Reply } from "../types.js";

type Level = keyof Logger;

/** Each event's level, and what is said of it. */
const EVENTS: {
  readonly [Name in keyof CacheEvents]: (event: CacheEvents[Name]) => readonly [Level, string];
} = {
  hit: () => ["debug", "served"],
  miss: () => ["debug", "not served"],
  bypass: () => ["debug", "passed by"],
  compared: ({ agreed }) => ["debug", agreed ? "would have been right" : "would have been wrong"],
  observed: ({ recorded }) => ["debug", recorded ? "recorded" : "not kept"],
  learned: () => ["info", "learned a template"],
  curtailed: () => ["debug", "gave up learning from an exchange"],
  paid: () => ["debug", "a model that helps to learn has answered"],
  consulted: ({ outcome }) =>
    outcome === "kept" ? ["info", "a model has proposed a template"] : ["debug", "a model was asked"],
  promoted: () => ["info", "a template is served from now on"],
  retired: () => ["info", "a template is served no more"],
  reviewed: () => ["info", "a template was reviewed"],
  audited: ({ agreed }) =>
    agreed ? ["debug", "an audited hit was right"] : ["warn", "an audited hit was wrong"],
  evicted: () => ["debug", "entries left memory"],
  forgotten: () => ["info", "entries were erased"],
  fault: () => ["warn", "something failed and was survived"],
};

/** Has all events written down. A logger that throws is survived as any listener. */
export function logEvents(logger: Logger, events: Events): void {
  for (const name of Object.keys(EVENTS) as (keyof CacheEvents)[]) logEvent(logger, events, name);
}

function logEvent<Name extends keyof CacheEvents>(logger: Logger, events: Events, name: Name): void {
  events.on(name, (event) => {
    const [level, message] = EVENTS[name](event);
    logger[level]({ event: name, ...event }, `reprise: ${message}`);
  });
}

/** Writes down what was said. */
export interface ContentLog {
  asked(request: CacheRequest, answer: Answer): void;
  told(request: CacheRequest, reply: Reply): void;
}

/** Writes conversations at `trace`, as the `redact` hook leaves them; `undefined` where nobody has asked for it. */
export function contentLog(
  { logger, logContent, redact }: Pick<Settings, "logger" | "logContent" | "redact">,
  emit: Emit,
): ContentLog | undefined {
  if (!logger || !logContent) return undefined;
  const write = (
    message: string,
    said: { readonly request: CacheRequest; readonly reply: Reply | undefined },
  ): void => {
    try {
      const { request, reply = NOTHING } = said;
      const kept = redact ? redacted(request, reply, redact) : { request, reply };
      const content = { messages: kept.request.messages, ...(said.reply && { reply: kept.reply }) };
      logger.trace(content, `reprise: ${message}`);
    } catch (error) {
      emit("fault", { where: "listener", error: nameOf(error) });
    }
  };
  return {
    asked: (request, answer) =>
      write("asked", { request, reply: answer.status === "hit" ? answer.reply : undefined }),
    told: (request, reply) => write("told", { request, reply }),
  };
}

const NOTHING: Reply = { role: "assistant", content: null };
