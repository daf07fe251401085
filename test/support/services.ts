/**
 * Tells which services the tests can reach; with REPRISE_REQUIRE_SERVICES=1 an unreachable one is a failure,
 * not a skip.
 */
import { connect } from "node:net";

/** Where the tests look for Redis. */
export const REDIS = { host: "127.0.0.1", port: 6379, url: "redis://127.0.0.1:6379" } as const;

/** Where the tests look for PostgreSQL: user and database `postgres`, trust authentication. */
export const POSTGRES = {
  host: "127.0.0.1",
  port: 5432,
  url: "postgresql://postgres@127.0.0.1:5432/postgres",
} as const;

/** Whether somebody listens there. */
export function isReachable(service: { readonly host: string; readonly port: number }): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: service.host, port: service.port, timeout: 2_000 });
    const answer = (reachable: boolean) => (): void => {
      socket.destroy();
      resolve(reachable);
    };
    socket.once("connect", answer(true)).once("error", answer(false)).once("timeout", answer(false));
  });
}

/** Whether the tests of a service run: always when it is required, so that they fail rather than vanish. */
export async function runsWith(service: { readonly host: string; readonly port: number }): Promise<boolean> {
  return process.env.REPRISE_REQUIRE_SERVICES === "1" || (await isReachable(service));
}
