import { createConnection, isIP } from "node:net";
import { connect as tlsConnect } from "node:tls";
import type { ISocketFactory } from "kafkajs";

/** Sockets for the consumer's client that report when any of them closes. */
export function watchedSockets(onClose: () => void): ISocketFactory {
  return ({ host, port, ssl, onConnect }) => {
    const socket = ssl
      ? tlsConnect({ host, port, ...(!isIP(host) && { servername: host }), ...ssl }, onConnect)
      : createConnection({ host, port }, onConnect);
    socket.setKeepAlive(true, 60_000);
    socket.once("close", onClose);
    return socket;
  };
}
