/** Who a model is beside its provider's name and its id: where it is asked, and on whose behalf. */

/** The configuration that the SDK's providers give their models. */
interface ModelConfig {
  readonly url?: unknown;
  readonly headers?: unknown;
  readonly [setting: string]: unknown;
}

/**
 * What tells two models of one name apart, as plain data without secrets; `undefined` where there is nothing
 * to tell: no configuration, or a provider's own address. A model under another middleware keeps its
 * configuration to itself.
 */
export function identityOf(model: object): Readonly<Record<string, unknown>> | undefined {
  if (!identities.has(model)) identities.set(model, read(model));
  return identities.get(model);
}

const identities = new WeakMap<object, Readonly<Record<string, unknown>> | undefined>();

function read(model: object): Readonly<Record<string, unknown>> | undefined {
  const { config, modelId } = model as { config?: ModelConfig; modelId?: unknown };
  if (typeof config !== "object" || config === null) return undefined;
  const endpoint = address(config, modelId);
  const settings = Object.entries(config).filter(
    ([name, value]) =>
      ["string", "number", "boolean"].includes(typeof value) &&
      !APART.test(name) &&
      !ADDRESSES.includes(name),
  );
  const found = {
    ...(endpoint !== undefined && !DEFAULT_ADDRESSES.has(endpoint) && { endpoint }),
    ...onBehalfOf(config.headers),
    ...Object.fromEntries(settings),
  };
  return Object.keys(found).length > 0 ? found : undefined;
}

// What the model's name says already, secrets, and how an answer is carried.
const APART =
  /^provider$|key|secret|password|credential|token|authorization|^supports|includeUsage|^fileIdPrefix|^useJson/i;
const ADDRESSES = ["url", "baseURL", "baseUrl", "endpoint"];
// The same in every adapter: an address that is a provider's own says nothing that its name does not say.
const DEFAULT_ADDRESSES = new Set(["https://api.openai.com/v1"]);

function address(config: ModelConfig, modelId: unknown): string | undefined {
  for (const name of ADDRESSES) {
    try {
      const given = config[name];
      const value: unknown = typeof given === "function" ? given({ path: "", modelId }) : given;
      if (typeof value === "string" || value instanceof URL) return String(value).replace(/\/+$/, "");
    } catch {
      // Asked in a way of its own: the next name may tell.
    }
  }
  return undefined;
}

const ON_BEHALF = /organi[sz]ation|project|tenant|region/i;

function onBehalfOf(headers: unknown): Record<string, unknown> {
  try {
    const value: unknown = typeof headers === "function" ? headers() : headers;
    if (typeof value !== "object" || value === null || value instanceof Promise) return {};
    const told = Object.entries(value).filter(
      ([name, item]) => ON_BEHALF.test(name) && typeof item === "string",
    );
    return Object.fromEntries(told.map(([name, item]) => [name.toLowerCase(), item]));
  } catch {
    // No key is set: the call will say so itself.
    return {};
  }
}
