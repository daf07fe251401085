/** Published test doubles and contract suites. */
export { type MakeKeyv, storeContract, type TestApi } from "./store-contract.js";
