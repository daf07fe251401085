/** Makes the parts of a cache: each is handed those that were made before it. */
import type { AnswerContext } from "../answer/context.js";
import { RepriseError } from "../errors.js";
import { type CacheEvents, type Emit, nameOf } from "../events.js";
import type { Question } from "../learn/model/question.js";
import type { Settings } from "../options.js";
import { openRecordStore } from "../store/record-store.js";
import type { RecordStore } from "../store/records.js";
import { FUNCTIONS, SPECIAL_FORMS } from "../template/derivation/functions/index.js";
import { Knowledge } from "../tree/knowledge.js";
import type { Check } from "./checks/check.js";
import { Checking } from "./checks/index.js";
import { Consultant } from "./consultant.js";
import { Eraser } from "./eraser.js";
import { IdleScopes } from "./idle.js";
import type { Hooks } from "./intake.js";
import { Journal } from "./journal.js";
import { Keeper } from "./keeper.js";
import { Learner } from "./learner.js";
import { LetGo } from "./let-go.js";
import { Listing } from "./listing.js";
import { Persistence } from "./persistence.js";
import { Responder } from "./responder.js";
import { Reviewer } from "./review.js";
import type { Signals } from "./signals.js";
import { Stored } from "./stored.js";
import { Tally } from "./tally.js";

/** What a cache is made of. */
export interface Parts {
  readonly knowledge: Knowledge;
  readonly journal: Journal;
  readonly keeper: Keeper;
  readonly tally: Tally;
  readonly learner: Learner;
  /** Absent where no model is asked. */
  readonly consultant: Consultant | undefined;
  readonly responder: Responder;
  /** Absent where no check is set. */
  readonly checking: Checking | undefined;
  readonly listing: Listing;
  readonly reviewer: Reviewer;
  readonly stored: Stored;
  readonly eraser: Eraser;
  readonly idle: IdleScopes | undefined;
  readonly persistence: Persistence;
}

// How many entries that left memory are still known by name, for each one that may be in it.
const STUBS = 2;

/**
 * Makes them. Nothing is read or written yet. Throws `RepriseError` `BAD_OPTION` for a function with a name
 * that is taken.
 */
export function assemble(settings: Settings, { emit, counts }: Pick<Signals, "emit" | "counts">): Parts {
  for (const name of Object.keys(settings.functions)) {
    if (FUNCTIONS.has(name) || SPECIAL_FORMS.has(name)) {
      throw new RepriseError(
        "BAD_OPTION",
        `createCache: option "functions.${name}" has the name of a built-in function`,
      );
    }
  }
  // 1. What is known, and what the store is told of it.
  const knowledge = new Knowledge(settings);
  const store = openStore(settings, emit);
  const journal = new Journal({ store, knowledge, now: settings.now });
  const gone = new LetGo(STUBS * settings.maxEntries);
  const keeper = new Keeper({ knowledge, journal, gone, settings, emit });
  const tally = new Tally(knowledge, (learnt) => keeper.standing(learnt));
  // 2. What answers, and what learns.
  const evaluation = { functions: new Map(Object.entries(settings.functions)) };
  const onQuestion = (question: Question): void => consultant?.ask(question);
  const onLearned = (took: number): void => counts.times.note("learn", took);
  const learner = new Learner({ knowledge, keeper, settings, evaluation, emit, onQuestion, onLearned });
  const consulting = settings.policy === "exact" ? undefined : settings.induction?.consulting;
  const consultant =
    consulting &&
    new Consultant({
      settings: consulting,
      functions: Object.keys(settings.functions),
      ...{ knowledge, keeper, learner, emit, now: settings.now },
    });
  const named = new Map<string, Check>(Object.entries(settings.checks));
  const context: AnswerContext = {
    settings,
    knowledge,
    evaluation,
    never: new Set(settings.never),
    checked: new Set([...named].filter(([, { capture }]) => capture).map(([tool]) => tool)),
    statesOf: (entry, reply) => checking?.checks.told(entry, reply) ?? [],
    onHydrated: (took) => counts.times.note("hydrate", took),
    onAudited: (event: CacheEvents["audited"]) => emit("audited", event),
    onGuardFault: (error: unknown) => emit("fault", { where: "guard", error: nameOf(error) }),
  };
  const isUnread = (scope: string): boolean => persistence.isUnread(scope);
  const responder = new Responder(context, { keeper, journal, isUnread });
  const looking = { checks: named, redact: settings.redact, emit };
  const checking =
    named.size > 0 ? new Checking({ looking, responder, keeper, times: counts.times }) : undefined;
  const listing = new Listing(context, responder);
  const reviewer = new Reviewer({ knowledge, journal, keeper, settings, emit });
  // 3. What others did, as the store tells it.
  const stored = new Stored({ store, knowledge, erased: journal.erased });
  const wake = (scopes: Iterable<string>): Promise<void> => persistence.wakeAll(scopes);
  const eraser = new Eraser({ knowledge, keeper, journal, stored, learner, responder, wake });
  const hooks: Hooks = {
    onDamaged: (count) => emit("fault", { where: "store", code: "damaged", operation: "read", count }),
    onFault: (error) => emit("fault", { where: "read", error: nameOf(error) }),
    onForgotten: (entries) => void eraser.follow(entries),
    onErasure: (erasure) => void eraser.run(erasure, "elsewhere"),
    onEvicted: (entries) => keeper.letGo(entries, "bounds"),
    onExchanges(exchanges) {
      consultant?.resume(exchanges);
      return learner.recollect(exchanges);
    },
  };
  const idle = store && new IdleScopes({ store, knowledge, keeper, settings });
  const reading = { store, knowledge, journal, gone, idle, settings, hooks };
  const persistence: Persistence = new Persistence(reading);
  const upkeep = { stored, eraser, idle, persistence };
  const learning = { learner, consultant };
  return {
    knowledge,
    journal,
    keeper,
    tally,
    ...learning,
    responder,
    checking,
    listing,
    reviewer,
    ...upkeep,
  };
}

function openStore(settings: Settings, emit: Emit): RecordStore | undefined {
  const { store: keyv, namespace, storeDeadline: deadline, now } = settings;
  const onFault: Parameters<typeof openRecordStore>[0]["onFault"] = (fault) =>
    emit("fault", { where: "store", ...fault });
  return keyv && openRecordStore({ keyv, namespace, deadline, now, onFault });
}
