import type { IncomingMessage } from "node:http";
import { describe, expect, test } from "vitest";
import { createClients } from "../src/http/client.ts";

const clients = createClients(["127.0.0.0/8", "::1", "10.1.0.0/16", "2001:db8:1::/48"]);

const request = (remoteAddress: string, forwarded?: string) =>
  ({
    headers: forwarded === undefined ? {} : { "x-forwarded-for": forwarded },
    socket: { remoteAddress },
  }) as unknown as IncomingMessage;

describe("the client is the last hop that is not a trusted proxy", () => {
  test.each([
    ["without a proxy, whatever it says", "203.0.113.5", "198.51.100.1", "203.0.113.5"],
    ["from a private peer that nobody named", "192.168.1.9", "198.51.100.1", "192.168.1.9"],
    ["behind one", "127.0.0.1", "203.0.113.5", "203.0.113.5"],
    ["whose peer is written as IPv6", "::ffff:127.0.0.1", "::ffff:203.0.113.5", "203.0.113.5"],
    ["with its port", "127.0.0.1", "203.0.113.5:4711", "203.0.113.5"],
    ["IPv6 with its port", "::1", "[2001:db8::9]:4711", "2001:db8::9"],
    ["IPv6 in brackets", "::1", "[2001:db8::9]", "2001:db8::9"],
    ["behind two", "127.0.0.1", "203.0.113.5, 10.1.2.3", "203.0.113.5"],
    ["behind two, one IPv6 with a port", "10.1.0.1", "203.0.113.5:1, [2001:db8:1::7]:443", "203.0.113.5"],
    ["that wrote others before itself", "127.0.0.1", "127.0.0.1, 1.1.1.1, 203.0.113.5", "203.0.113.5"],
    ["a proxy alone, asking for itself", "10.1.2.3", undefined, "10.1.2.3"],
    ["that the proxy does not know", "127.0.0.1", "203.0.113.5, unknown", "127.0.0.1"],
    ["nothing is said", "127.0.0.1", "", "127.0.0.1"],
  ])("%s", (_name, peer, forwarded, client) => {
    expect(clients.addressOf(request(peer, forwarded))).toBe(client);
  });
});

test("this machine is the client only where no proxy speaks for another", () => {
  const answers = [
    request("127.0.0.1"),
    request("::1"),
    request("127.0.0.1", "203.0.113.5"),
    request("10.1.2.3"),
  ];
  expect(answers.map(clients.isOnThisMachine)).toEqual([true, true, false, false]);
});
