/** The derivation language: what the rest of the library uses of it. */
export { type Order, order, sizeOf, substitute, variablesOf } from "./analyse.js";
export {
  type EvaluateOptions,
  type Evaluation,
  type EvaluationFaultCode,
  evaluate,
  type UserFunction,
} from "./evaluate.js";
export { type Bindings, type Expression, variable } from "./expression.js";
export { FUNCTIONS } from "./functions/index.js";
export { parseExpression } from "./parse.js";
export { printExpression } from "./print.js";
export { unanimous } from "./unanimous.js";
