/** How a call says that it is not for the cache. */
import type { BypassReason } from "reprise";

/** Thrown while a call is read: it goes to the model past the cache, for this reason. */
export class Aside extends Error {
  override readonly name = "Aside";

  constructor(readonly reason: BypassReason) {
    super(`the call is not for the cache: ${reason}`);
  }
}
