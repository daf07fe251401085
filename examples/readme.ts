/** The program of README.md: a welcome learned once, and written for another name without the model. */
import { generateText, wrapLanguageModel } from "ai";
import { createCache } from "reprise";
import { repriseMiddleware } from "reprise/ai-sdk";
import { openModel } from "./support/model.ts";

const { model: inner } = await openModel(({ question }) => ({
  say: `Welcome, ${/for (\w+)/.exec(question)?.[1]}! Good to have you here.`,
}));

// No served reply is checked by asking the model too, so that what is printed is the same each time.
const cache = createCache({ policy: "eager", auditRate: 0 });
const model = wrapLanguageModel({ model: inner, middleware: repriseMiddleware(cache) });

for (const name of ["Erik", "Maria"]) {
  const { text, finalStep } = await generateText({
    model,
    prompt: `Write a one-line welcome for ${name}.`,
    providerOptions: { reprise: { bindings: { name } } },
  });
  console.log(text, finalStep.providerMetadata?.reprise);
}
