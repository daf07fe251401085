/** The listener of the admin API: for this machine alone, unless it is said in so many words that it is for others. */
import type { Server } from "node:http";
import { createAdaptorServer } from "@hono/node-server";
import { RepriseError } from "reprise";
import { listening, urlOf } from "../listening.js";
import { type AdminContext, adminRoutes } from "./app.js";

/** Where the admin API listens. */
export interface AdminOptions {
  readonly host: string;
  readonly port: number;
  /** It may listen where others than this machine can reach it. */
  readonly exposed: boolean;
}

/** An admin API that listens. */
export interface Admin {
  readonly url: string;
  /** Breaks off whatever is under way. */
  stop(): Promise<void>;
}

/** Starts it. Throws `RepriseError` `BAD_OPTION` for an address that others can reach, if that is not said. */
export async function startAdmin(
  { host, port, exposed }: AdminOptions,
  context: AdminContext,
): Promise<Admin> {
  if (!exposed && !isLoopback(host))
    throw new RepriseError(
      "BAD_OPTION",
      `admin: "host" is not of this machine alone (127.0.0.1): whoever has the token could vend keys from elsewhere; "exposed: true" allows it`,
    );
  if (context.tokens.length === 0) throw new RepriseError("BAD_OPTION", 'admin: "token" is missing');
  const server = createAdaptorServer({
    fetch: adminRoutes(context).fetch,
    overrideGlobalObjects: false,
    serverOptions: { maxHeaderSize: 16 * 1024, headersTimeout: 10_000, requestTimeout: 20_000 },
  }) as Server;
  await listening(server, { host, port });
  return {
    url: urlOf(server),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Whether an address to listen at is of this machine alone. */
export function isLoopback(host: string): boolean {
  return /^(?:localhost|127(?:\.\d{1,3}){3}|::1|\[::1\])$/i.test(host);
}
