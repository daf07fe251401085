/** Which class a method of a model comes from. */

/**
 * The object in a model's chain of prototypes that has the method, if it is the model's own or its class's;
 * `undefined` for the base classes' methods, which every model has. Told by the class it stands in, as there
 * may be two copies of LangChain in a process (its ESM and its CommonJS build).
 */
export function ownerOf(model: object, method: string | symbol): object | undefined {
  let owner: object | null = model;
  while (owner && !Object.hasOwn(owner, "generatePrompt")) {
    if (Object.hasOwn(owner, method)) return owner;
    owner = Object.getPrototypeOf(owner);
  }
  return undefined;
}
