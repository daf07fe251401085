/** The log of requests: one line of JSON for each, with figures and names; no content, no credential, no query. */
import { resolve } from "node:path";
import pino from "pino";
import { factsOf } from "../hooks/call.js";
import type { RequestLog, Trace } from "../stages.js";
import type { LogConfig } from "./schema.js";

/** Where lines go: anything that takes text. */
export interface Destination {
  write(line: string): unknown;
}

/** A client may name a model as it likes, and as long as it likes. */
const MAX_NAME = 200;

/**
 * A log as the configuration has it; paths start from `folder`. Lines are written behind the requests, and `close`
 * writes those that are left.
 */
export function createLog(
  config: LogConfig,
  folder: string,
  destination?: Destination,
): Required<RequestLog> {
  const file = destination ? undefined : opened(config.to, folder);
  const log = pino(
    {
      level: config.level,
      base: null,
      timestamp: false,
      formatters: { level: (label) => ({ level: label }) },
    },
    destination ?? file,
  );
  return {
    note(trace) {
      const level = trace.status >= 500 ? "error" : trace.status >= 400 ? "warn" : "info";
      if (!log.isLevelEnabled(level)) return;
      const { time, model, ...facts } = factsOf(trace);
      log[level]({
        time,
        ...facts,
        ...(model !== undefined && { model: model.slice(0, MAX_NAME) }),
        ...(!trace.isWhole && { whole: false }),
        ...(log.isLevelEnabled("debug") && { attempts: attemptsOf(trace) }),
      });
    },
    close: () =>
      new Promise((done) => {
        if (!file) return done();
        file.once("close", () => done());
        file.once("error", () => done());
        file.end();
      }),
  };
}

type Sink = ReturnType<typeof pino.destination>;

function opened(to: string, folder: string): Sink {
  const dest = to === "stdout" ? 1 : to === "stderr" ? 2 : resolve(folder, to);
  const file = pino.destination({ dest, sync: false, mkdir: true });
  // A disk that is full must not end the gateway; lines are lost then.
  file.on("error", () => undefined);
  return file;
}

const attemptsOf = ({ attempts }: Trace) =>
  attempts.map(({ provider, key, outcome, took }) => ({
    provider,
    key,
    outcome,
    duration: Math.round(took),
  }));
