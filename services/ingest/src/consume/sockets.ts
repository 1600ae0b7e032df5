import { createConnection, isIP, type Socket } from "node:net";
import { connect as tlsConnect } from "node:tls";
import type { ISocketFactory } from "kafkajs";

/** Sockets for the consumer's client, which report when any of them closes and can be closed from here. */
export class WatchedSockets {
  private readonly open = new Set<Socket>();
  private readonly onClose: () => void;

  constructor(onClose: () => void) {
    this.onClose = onClose;
  }

  readonly factory: ISocketFactory = ({ host, port, ssl, onConnect }) => {
    const socket = ssl
      ? tlsConnect({ host, port, ...(!isIP(host) && { servername: host }), ...ssl }, onConnect)
      : createConnection({ host, port }, onConnect);
    socket.setKeepAlive(true, 60_000);
    this.open.add(socket);
    socket.once("close", () => {
      this.open.delete(socket);
      this.onClose();
    });
    return socket;
  };

  /** Ends every connection, so that whatever waits for an answer on one fails. */
  cut(): void {
    for (const socket of this.open) socket.destroy();
  }
}
