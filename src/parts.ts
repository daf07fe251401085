/** Makes the parts of a cache, and connects them. */
import { Eraser } from "./eraser.js";
import { RepriseError } from "./errors.js";
import { type CacheEvents, nameOf } from "./events.js";
import { type Emit, Keeper } from "./keeper.js";
import { Learner } from "./learner.js";
import type { Settings } from "./options.js";
import { Persistence } from "./persistence.js";
import { Responder } from "./responder.js";
import { openRecordStore } from "./store/record-store.js";
import { Tally } from "./tally.js";
import { FUNCTIONS, SPECIAL_FORMS } from "./template/derivation/functions/index.js";
import { Knowledge } from "./tree/knowledge.js";

/** What a cache is made of. */
export interface Parts {
  readonly knowledge: Knowledge;
  readonly persistence: Persistence;
  readonly keeper: Keeper;
  readonly tally: Tally;
  readonly learner: Learner;
  readonly responder: Responder;
  readonly eraser: Eraser;
}

/** Makes them. Nothing is read or written yet. Throws `RepriseError` `BAD_OPTION` for a function with a name that is taken. */
export function assemble(settings: Settings, emit: Emit): Parts {
  for (const name of Object.keys(settings.functions)) {
    if (FUNCTIONS.has(name) || SPECIAL_FORMS.has(name)) {
      throw new RepriseError("BAD_OPTION", `createCache: option "functions.${name}" has the name of a built-in function`);
    }
  }
  const knowledge = new Knowledge(settings);
  const store =
    settings.store &&
    openRecordStore({
      keyv: settings.store,
      namespace: settings.namespace,
      deadline: settings.storeDeadline,
      now: settings.now,
      onFault: (fault) => emit("fault", { where: "store", ...fault }),
      onLost: () => persistence.lost(),
    });
  const persistence: Persistence = new Persistence(
    store,
    knowledge,
    {
      onDamaged: (count) => emit("fault", { where: "store", code: "damaged", operation: "read", count }),
      onFault: (error) => emit("fault", { where: "read", error: nameOf(error) }),
      onForgotten: (ids, entries) => {
        learner.drop(ids);
        void eraser.follow(entries);
      },
      onErasure: (erasure) => void eraser.run(erasure, "elsewhere"),
      onEvicted: (entries) => keeper.letGo(entries, "bounds"),
      onExchanges: (exchanges) => learner.recollect(exchanges),
    },
    settings,
  );
  const keeper: Keeper = new Keeper(knowledge, persistence, settings, emit, (ids) => learner.drop(ids));
  const tally = new Tally(knowledge, (learnt) => keeper.standing(learnt));
  const evaluation = { functions: new Map(Object.entries(settings.functions)) };
  const learner: Learner = new Learner({ knowledge, keeper, settings, evaluation, emit });
  const context = {
    settings,
    knowledge,
    evaluation,
    never: new Set(settings.never),
    onAudited: (event: CacheEvents["audited"]) => emit("audited", event),
    onGuardFault: (error: unknown) => emit("fault", { where: "guard", error: nameOf(error) }),
  };
  const responder = new Responder(context, keeper, (id, now) => persistence.moment(id, now));
  const eraser: Eraser = new Eraser({
    ...{ knowledge, keeper, persistence },
    hold: (work) => learner.interrupt(work),
    relearn: (scopes) => learner.relearn(scopes),
    unremember: (scopes) => responder.unremember(scopes),
  });
  return { knowledge, persistence, keeper, tally, learner, responder, eraser };
}
