import type { Socket as TcpSocket } from "node:net";
import { CHANNELS, type Channel, type LiveMessage, type Problem } from "@pulseboard/contract";
import { io, type ManagerOptions, type Socket, type SocketOptions } from "socket.io-client";
import { onTeardown } from "../../../test/support/teardown.ts";

export type Answer = LiveMessage & { error?: Problem };

export interface LiveClient {
  socket: Socket;
  /** Everything received, snapshots included, in its order. */
  messages: { channel: Channel; message: LiveMessage }[];
  subscribe(channel: string, params?: unknown): Promise<Answer>;
  unsubscribe(channel: string, params?: unknown): Promise<{ error?: Problem }>;
  /** The newest message of the channel with these parameters among its own. */
  newest(channel: Channel, params?: object): LiveMessage | undefined;
  /** Stops and goes on reading from the network. */
  pause(): void;
  resume(): void;
}

/** A client as the dashboard is one. */
export async function openClient(
  url: string,
  options: Partial<ManagerOptions & SocketOptions> = {},
): Promise<LiveClient> {
  const socket = io(url, { transports: ["websocket"], forceNew: true, reconnection: false, ...options });
  const tcp = () => (socket.io.engine?.transport as unknown as { ws?: { _socket?: TcpSocket } })?.ws?._socket;
  onTeardown(async () => {
    tcp()?.resume();
    socket.disconnect();
  });
  const messages: LiveClient["messages"] = [];
  for (const channel of CHANNELS) socket.on(channel, (message) => messages.push({ channel, message }));
  await new Promise<void>((resolve, reject) => {
    socket.once("connect", resolve);
    socket.once("connect_error", reject);
  });

  return {
    socket,
    messages,
    subscribe: (channel, params = {}) =>
      new Promise((resolve, reject) => {
        // Noted in the callback itself: a promise would be behind messages that came in the same packet.
        socket
          .timeout(10_000)
          .emit("subscribe", { channel, params }, (error: Error | null, answer: Answer) => {
            if (error) return reject(error);
            if (!answer.error) messages.push({ channel: channel as Channel, message: answer });
            resolve(answer);
          });
      }),
    unsubscribe: (channel, params = {}) =>
      socket.timeout(10_000).emitWithAck("unsubscribe", { channel, params }),
    newest: (channel, params = {}) =>
      messages.findLast(
        (entry) =>
          entry.channel === channel &&
          Object.entries(params).every(([name, value]) => entry.message.params[name] === value),
      )?.message,
    pause: () => tcp()!.pause(),
    resume: () => tcp()!.resume(),
  };
}
