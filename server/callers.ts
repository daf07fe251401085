/** Who may speak to this proxy: by where they come from, and by a token. */
import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { BlockList, isIP } from "node:net";
import { pairs, valuesOf } from "./headers.js";

/** Tells callers apart. */
export interface Callers {
  /** Where a request comes from; `undefined` where a proxy that is not trusted may stand between. */
  addressOf(incoming: IncomingMessage): string | undefined;
  /** Whether a request comes from this machine, and not through somebody else's proxy on it. */
  isLocal(incoming: IncomingMessage): boolean;
  /**
   * Whether a request may use the proxy: with a token, or from this machine, or where no token is asked for.
   */
  mayAsk(incoming: IncomingMessage): boolean;
  /** Whether a request may look into it: with a token, or from this machine. */
  mayLook(incoming: IncomingMessage): boolean;
  /** Whether a request may read the measurements: as `mayLook`, or with the token as `Authorization`. */
  mayMeasure(incoming: IncomingMessage): boolean;
  /** Whether a request has one of the tokens. */
  hasToken(incoming: IncomingMessage): boolean;
}

/** What callers are told apart by. */
export interface CallerOptions {
  readonly tokens: readonly string[];
  /** Addresses and networks of proxies whose `X-Forwarded-For` is believed. */
  readonly trustedProxies: readonly string[];
}

/** Throws a `RangeError` for an address that is none. */
export function createCallers({ tokens, trustedProxies }: CallerOptions): Callers {
  const trusted = networks(trustedProxies);
  const loopback = networks(["127.0.0.0/8", "::1"]);
  const digests = tokens.map(digestOf);

  function isLocal(incoming: IncomingMessage): boolean {
    const address = addressOf(incoming, trusted);
    return address !== undefined && holds(loopback, address) && isLocalName(incoming.headers.host);
  }

  function hasToken({ rawHeaders }: IncomingMessage, names = ["reprise-auth", "butter-auth"]): boolean {
    const given = names.flatMap((name) => valuesOf(rawHeaders, name));
    return given.some((value) => {
      const digest = digestOf(/^Bearer +(\S+) *$/i.exec(value)?.[1] ?? "");
      return digests.some((known) => timingSafeEqual(known, digest));
    });
  }

  return {
    addressOf: (incoming) => addressOf(incoming, trusted),
    isLocal,
    hasToken: (incoming) => hasToken(incoming),
    mayAsk: (incoming) => tokens.length === 0 || hasToken(incoming) || isLocal(incoming),
    mayLook: (incoming) => hasToken(incoming) || isLocal(incoming),
    mayMeasure: (incoming) =>
      hasToken(incoming) || hasToken(incoming, ["authorization"]) || isLocal(incoming),
  };
}

const digestOf = (text: string): Buffer => createHash("sha256").update(text).digest();

/** Where a request comes from; `undefined` where a proxy that is not trusted may stand between. */
function addressOf(incoming: IncomingMessage, trusted: BlockList): string | undefined {
  let address = plainAddress(incoming.socket.remoteAddress);
  const forwarded = valuesOf(incoming.rawHeaders, "x-forwarded-for").flatMap((value) => value.split(","));
  const isForwarded = [...pairs(incoming.rawHeaders)].some(([name]) =>
    /^(?:forwarded|via|x-forwarded-.*|x-real-ip)$/i.test(name),
  );
  if (!isForwarded || address === undefined) return address;
  if (!holds(trusted, address)) return undefined;
  // The last one was written by who spoke to us; what stands before the first that is not trusted, a client
  // may have made up.
  do {
    const before: string | undefined = forwarded.pop()?.trim();
    address = plainAddress(before);
  } while (address !== undefined && holds(trusted, address));
  return address;
}

/** An address without the IPv6 that an IPv4 address is wrapped in. */
function plainAddress(address: string | undefined): string | undefined {
  const plain = address?.replace(/^::ffff:(?=\d+\.)/i, "");
  return plain !== undefined && isIP(plain) !== 0 ? plain : undefined;
}

function networks(written: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of written) {
    const [address = "", bits] = network.split("/");
    const family = isIP(address) === 6 ? "ipv6" : "ipv4";
    if (isIP(address) === 0 || (bits !== undefined && !/^\d{1,3}$/.test(bits)))
      throw new RangeError(`${network} is no address or network`);
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(bits), family);
  }
  return list;
}

const holds = (list: BlockList, address: string): boolean =>
  list.check(address, isIP(address) === 6 ? "ipv6" : "ipv4");

/** A page of somebody else's, whose name was made to point at this machine, comes under that name. */
function isLocalName(host: string | undefined): boolean {
  return /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?$/i.test(host ?? "");
}
