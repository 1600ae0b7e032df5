import type { IncomingMessage } from "node:http";
import { BlockList, isIP } from "node:net";
import proxyaddr from "proxy-addr";

const loopback = new BlockList();
loopback.addSubnet("127.0.0.0", 8);
loopback.addAddress("::1", "ipv6");

/** Who a request comes from. */
export interface Clients {
  /** The client's address: the peer's, or the last one before the proxies that are trusted. */
  addressOf(request: IncomingMessage): string;
  /** Whether the client is this machine itself, and not one that a proxy on it speaks for. */
  isOnThisMachine(request: IncomingMessage): boolean;
}

/** An address as X-Forwarded-For may have it: `ip`, `ip:port`, `[v6]` or `[v6]:port`; an IPv4 one never as IPv6. */
const addressIn = (text: string): string =>
  text
    .trim()
    .replace(/^\[(.*)\](?::\d+)?$/, "$1")
    .replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, "$1")
    .replace(/^::ffff:(?=\d+\.)/i, "");

const forwarded = ({ headers }: IncomingMessage): string => String(headers["x-forwarded-for"] ?? "").trim();
const peer = ({ socket }: IncomingMessage): string => addressIn(socket.remoteAddress ?? "");

/** @param trustedProxies addresses and CIDR blocks */
export function createClients(trustedProxies: readonly string[]): Clients {
  const trust = proxyaddr.compile([...trustedProxies]);
  return {
    addressOf(request) {
      const hops = forwarded(request).split(",").map(addressIn);
      const asSeen = {
        headers: { "x-forwarded-for": hops.join(",") },
        socket: { remoteAddress: peer(request) },
      };
      const addresses = proxyaddr.all(asSeen as unknown as IncomingMessage, trust);
      // A proxy may write `unknown`: then it is the nearest that is known.
      return addresses.findLast((address) => isIP(address) !== 0) ?? "";
    },
    isOnThisMachine(request) {
      const address = peer(request);
      const version = isIP(address);
      return (
        forwarded(request) === "" && version !== 0 && loopback.check(address, version === 6 ? "ipv6" : "ipv4")
      );
    },
  };
}
