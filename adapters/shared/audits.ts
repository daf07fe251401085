/**
 * How hits are audited: the model is asked in the background, a few at a time, and nobody waits for what it
 * says.
 */

/**
 * Asks the model behind a hit, and hands its reply to the cache. The signal aborts when the audit has taken
 * too long.
 */
export type Audit = (signal: AbortSignal) => Promise<void>;

/** The audits over one cache. */
export interface Audits {
  /**
   * Runs an audit when there is room; one that finds too many before it is left out. Returns at once and
   * never throws; what fails in the audit goes to `onFault`.
   */
  add(audit: Audit, onFault: (error: unknown) => void): void;
}

/** How many audits there may be, and how long each may take, in milliseconds. */
export interface AuditLimits {
  readonly inFlight: number;
  readonly waiting: number;
  readonly deadline: number;
}

const LIMITS: AuditLimits = { inFlight: 4, waiting: 32, deadline: 60_000 };

/**
 * No audits yet. They run in the asynchronous context in which this was called: the trace, the callbacks and
 * the telemetry of the call that was served know nothing of them.
 */
export function createAudits(limits: AuditLimits = LIMITS): Audits {
  const waiting: (() => Promise<void>)[] = [];
  let inFlight = 0;
  let wake = Promise.withResolvers<void>();

  // A loop goes on in the context in which it began, whoever wakes it.
  async function work(): Promise<never> {
    for (;;) {
      await wake.promise;
      wake = Promise.withResolvers();
      while (inFlight < limits.inFlight) {
        const audit = waiting.shift();
        if (!audit) break;
        inFlight++;
        void audit().finally(() => {
          inFlight--;
          wake.resolve();
        });
      }
    }
  }
  void work();

  return {
    add(audit, onFault) {
      if (waiting.length >= limits.waiting) return;
      waiting.push(() => within(limits.deadline, audit).catch(onFault));
      wake.resolve();
    },
  };
}

/**
 * Runs an audit, but waits no longer than this: a model that takes no notice of the signal must not keep its
 * place.
 */
async function within(milliseconds: number, audit: Audit): Promise<void> {
  const aborting = new AbortController();
  const { promise: deadline, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(() => {
    aborting.abort(new DOMException("the audit took too long", "TimeoutError"));
    resolve();
  }, milliseconds);
  // A process that is done need not wait for an audit.
  timer.unref?.();
  try {
    await Promise.race([audit(aborting.signal), deadline]);
  } finally {
    clearTimeout(timer);
  }
}

const auditsOver = new WeakMap<object, Audits>();

/**
 * The audits over a cache, one set for all that serve from it. Best asked for when an adapter is made, not in
 * a call.
 */
export function auditsOf(cache: object): Audits {
  const audits = auditsOver.get(cache) ?? createAudits();
  auditsOver.set(cache, audits);
  return audits;
}
