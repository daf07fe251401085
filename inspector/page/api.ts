/** Asks the server this page came from. The token is in the address once, and in no request but a header. */
import type { Explanation, TemplateDetails } from "reprise";
import type { Happening, Live, Sample } from "../../server/inspector/live.js";
import type { TreePage } from "../../server/inspector/tree.js";

export type { Happening, Live, Sample, TreePage };

const KEY = "reprise-token";

/** The token, taken out of the address when the page is opened, and kept for this tab. */
export function takeToken(): void {
  const given = /[#&]token=([^&]+)/.exec(location.hash)?.[1];
  if (given === undefined) return;
  sessionStorage.setItem(KEY, given);
  history.replaceState(null, "", `${location.pathname}#/overview`);
}

function headers(): Record<string, string> {
  return { "Reprise-Auth": `Bearer ${sessionStorage.getItem(KEY) ?? ""}` };
}

/** What the server refused, in its words. */
export class Refused extends Error {}

async function asked(path: string, body?: unknown): Promise<unknown> {
  const response = await fetch(`api/${path}`, {
    headers: { ...headers(), ...(body !== undefined && { "Content-Type": "application/json" }) },
    ...(body !== undefined && { method: "POST", body: JSON.stringify(body) }),
  });
  const value = (await response.json()) as { error?: { message?: string } };
  if (!response.ok) throw new Refused(value.error?.message ?? `the server says ${response.status}`);
  return value;
}

/** What can be asked for. */
export const api = {
  tree: (node: string, offset: number, limit: number) =>
    asked(`tree?node=${encodeURIComponent(node)}&offset=${offset}&limit=${limit}`) as Promise<TreePage>,
  template: (id: string) => asked(`template/${encodeURIComponent(id)}`) as Promise<TemplateDetails>,
  path: (id: string) => asked(`path/${encodeURIComponent(id)}`) as Promise<string[]>,
  review: (said: { id: string; verdict: "approve" | "retire"; reason: string; author: string }) =>
    asked("review", said) as Promise<TemplateDetails>,
  forget: (template: string) => asked("forget", { template }) as Promise<{ forgotten: number }>,
  explain: (request: unknown) => asked("explain", request) as Promise<Explanation>,
};

/** What is told of a stream. */
export interface Followers {
  readonly onHistory: (samples: readonly Sample[], happened: readonly Happening[]) => void;
  readonly onLive: (live: Live) => void;
  /** Whether it is connected; why not, where the server has refused. */
  readonly onState: (state: "live" | "lost" | { readonly refused: string }) => void;
}

/** Follows what happens, and comes back when the connection is lost. An `EventSource` sends no header. */
export async function follow(followers: Followers): Promise<never> {
  for (;;) {
    try {
      const response = await fetch("api/live", { headers: headers() });
      if (response.status === 401)
        followers.onState({ refused: "this page needs its token: open the address that was printed" });
      else if (response.ok && response.body) {
        followers.onState("live");
        await read(response.body, followers);
      }
    } catch {
      // Said below.
    }
    followers.onState("lost");
    await new Promise((resolve) => setTimeout(resolve, 2_000));
  }
}

async function read(body: ReadableStream<Uint8Array>, { onHistory, onLive }: Followers): Promise<void> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    rest += decoder.decode(value, { stream: true });
    const events = rest.split("\n\n");
    rest = events.pop() ?? "";
    for (const event of events) {
      const name = /^event: (.*)$/m.exec(event)?.[1];
      const data = /^data: (.*)$/m.exec(event)?.[1];
      if (data === undefined) continue;
      if (name === "history") {
        const { samples, happened } = JSON.parse(data) as { samples: Sample[]; happened: Happening[] };
        onHistory(samples, happened);
      } else if (name === "live") onLive(JSON.parse(data) as Live);
    }
  }
}
