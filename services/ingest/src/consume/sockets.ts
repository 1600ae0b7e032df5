import type { Socket } from "node:net";
import { kafkaSockets } from "@pulseboard/runtime";
import type { ISocketFactory } from "kafkajs";

/** Sockets for the consumer's client, which report when any of them closes and can be closed from here. */
export class WatchedSockets {
  private readonly open = new Set<Socket>();
  private readonly onClose: () => void;

  constructor(onClose: () => void) {
    this.onClose = onClose;
  }

  readonly factory: ISocketFactory = (options) => {
    const socket = kafkaSockets(options);
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
