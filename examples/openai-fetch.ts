/**
 * OpenAI's client with the cache beneath it: a greeting from the model, from the cache, and for other names
 * from a template.
 */
import OpenAI from "openai";
import { createCache } from "reprise";
import { repriseFetch } from "reprise/openai";

// With a key, the real provider is asked; without one, a scripted one.
const key = process.env.OPENAI_API_KEY;
const scripted: typeof fetch = async (_address, init) => {
  const { model, messages } = JSON.parse(String(init?.body)) as {
    model: string;
    messages: { content: string }[];
  };
  const name = /for (\w+)/.exec(messages.at(-1)?.content ?? "")?.[1];
  const message = { role: "assistant", content: `Welcome aboard, ${name}: the kettle is on.` };
  const usage = { prompt_tokens: 14, completion_tokens: 9, total_tokens: 23 };
  return Response.json({
    id: "chatcmpl-1",
    object: "chat.completion",
    created: 1,
    model,
    choices: [{ index: 0, message, finish_reason: "stop" }],
    usage,
  });
};

// No served reply is checked by asking the model too, so that what is printed is the same each time.
const cache = createCache({ policy: "eager", auditRate: 0 });
const client = new OpenAI({
  apiKey: key ?? "none",
  fetch: repriseFetch(cache, key ? {} : { fetch: scripted }),
});

for (const name of ["Erik", "Erik", "Maria", "Kenji"]) {
  const body = {
    model: "gpt-5-mini",
    messages: [{ role: "user" as const, content: `Write a one-line welcome for ${name}.` }],
  };
  const headers = { "Reprise-Bindings": JSON.stringify({ name }) };
  const { data, response } = await client.chat.completions.create(body, { headers }).withResponse();
  console.log(`${data.choices[0]?.message.content}\n  ${response.headers.get("cache-status")}`);
  await cache.settled();
}

const { hits, saved } = cache.stats();
console.log(
  `\n${hits.exact + hits.template} of 4 without the model, ${saved.inputTokens + saved.outputTokens} tokens saved`,
);
await cache.close();
