/** Makes `reprise` mean the build in `REPRISE_BUILD`, for examples that run as child processes of a test. */
import { registerHooks } from "node:module";
import { pathToFileURL } from "node:url";

const build = pathToFileURL(`${process.env.REPRISE_BUILD}/`);

registerHooks({
  resolve(specifier, context, next) {
    const [, entry] = /^reprise(?:\/([\w-]+))?$/.exec(specifier) ?? [undefined, undefined];
    if (specifier !== "reprise" && entry === undefined) return next(specifier, context);
    return { url: new URL(`${entry ?? "index"}.js`, build).href, shortCircuit: true };
  },
});
