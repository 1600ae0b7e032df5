import { createConnection, isIP } from "node:net";
import { connect as tlsConnect } from "node:tls";
import type { ISocketFactory } from "kafkajs";

/** `host:port`, an IPv6 address in brackets: as KAFKA_BROKERS takes it and URLs have it. */
export const withPort = (host: string, port: number): string =>
  host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;

/** kafkajs splits a broker's address at its first colon: an IPv6 address goes through it with its colons encoded. */
export function forKafkajs(address: string): string {
  const [, host, port] = /^\[(.+)\]:(\d+)$/.exec(address) ?? [];
  return host === undefined ? address : `${encodeURIComponent(host)}:${port}`;
}

/** The same text, its host as people write it. */
export const fromKafkajs = (text: string): string => text.replaceAll(/%3A/gi, ":");

const connect: ISocketFactory = ({ host, port, ssl, onConnect }) => {
  const socket = ssl
    ? tlsConnect({ host, port, ...(!isIP(host) && { servername: host }), ...ssl }, onConnect)
    : createConnection({ host, port }, onConnect);
  socket.setKeepAlive(true, 60_000);
  return socket;
};

/** Sockets for kafkajs, to the address that `forKafkajs` had encoded. */
export const kafkaSockets: ISocketFactory = (options) =>
  connect({ ...options, host: fromKafkajs(options.host) });
