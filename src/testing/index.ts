/** Published test doubles and contract suites. */

export type { KeyvLike } from "../store/keyv-like.js";
export { adapterContract } from "./adapter-contract.js";
export type { AdapterCall, AdapterDriver, AdapterReply, AdapterUnderTest, ModelScript, ScriptedAnswer } from "./adapter-driver.js";
export { type MakeKeyv, storeContract, type TestApi } from "./store-contract.js";
