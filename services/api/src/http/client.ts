import type { IncomingMessage } from "node:http";
import { BlockList, isIP } from "node:net";

const loopback = new BlockList();
loopback.addSubnet("127.0.0.0", 8);
loopback.addAddress("::1", "ipv6");

/** Where a reverse proxy of ours can be: this machine or a private network. */
const nearby = new BlockList();
nearby.addSubnet("127.0.0.0", 8);
nearby.addSubnet("10.0.0.0", 8);
nearby.addSubnet("172.16.0.0", 12);
nearby.addSubnet("192.168.0.0", 16);
nearby.addAddress("::1", "ipv6");
nearby.addSubnet("fc00::", 7, "ipv6");

const includes = (list: BlockList, address: string): boolean => {
  const version = isIP(address);
  return version !== 0 && list.check(address, version === 6 ? "ipv6" : "ipv4");
};

/** The peer's address, an IPv4 one never written as IPv6. */
const peer = (request: IncomingMessage): string =>
  (request.socket.remoteAddress ?? "").replace(/^::ffff:(?=\d+\.)/, "");

const forwarded = (request: IncomingMessage): string | undefined =>
  String(request.headers["x-forwarded-for"] ?? "")
    .split(",")
    .at(-1)
    ?.trim() || undefined;

/** The client's address: the peer's, or what a proxy nearby says the peer's was. */
export function clientAddress(request: IncomingMessage): string {
  const address = peer(request);
  const told = forwarded(request);
  return told && isIP(told) && includes(nearby, address) ? told : address;
}

/** Whether the client is this machine itself, and not one that a proxy on it speaks for. */
export const isOnThisMachine = (request: IncomingMessage): boolean =>
  forwarded(request) === undefined && includes(loopback, peer(request));
