/**
 * Published test doubles and contract suites.
 * @module reprise/testing
 */

export type { KeyvLike } from "../store/keyv-like.js";
export { adapterContract } from "./adapter-contract.js";
export type {
  AdapterCall,
  AdapterDriver,
  AdapterReply,
  AdapterSetup,
  AdapterUnderTest,
  ModelScript,
  ScriptedAnswer,
} from "./adapter-driver.js";
export { type MakeKeyv, storeContract, type TestApi } from "./store-contract.js";
