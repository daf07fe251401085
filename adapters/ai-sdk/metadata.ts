/** Where the adapter says something about a call: `providerMetadata.reprise`. */
import type { SharedV4ProviderMetadata } from "@ai-sdk/provider";
import type { RepriseMetadata } from "../shared/metadata.js";

/** Anything a provider may leave a note on. */
export type Noted = { providerMetadata?: SharedV4ProviderMetadata };

/** The provider's own metadata with ours beside it. */
export function withMetadata(
  own: SharedV4ProviderMetadata | undefined,
  metadata: RepriseMetadata,
): SharedV4ProviderMetadata {
  return { ...own, reprise: { ...metadata, saved: { ...metadata.saved } } };
}
