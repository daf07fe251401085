/** A server that listens, and where. */
import type { Server } from "node:http";

/** Resolves when a server listens. Rejects with why it cannot. */
export function listening(
  server: Server,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

/** The address of a server that listens. */
export function urlOf(server: Server): string {
  const address = server.address();
  if (typeof address !== "object" || address === null) return String(address);
  return `http://${address.family === "IPv6" ? `[${address.address}]` : address.address}:${address.port}`;
}
