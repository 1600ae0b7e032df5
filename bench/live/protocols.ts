import { compactParam } from "@pulseboard/contract";

/** How a subscriber speaks to a server over one WebSocket. Frames are text. */
export interface Protocol {
  /** The WebSocket's address. */
  address(server: string): string;
  /** What is sent when the connection is open, and after each frame of the server. */
  answers(frame: string, dashboard: Conversation): string[];
  /** The live messages in a frame of the server, as JSON, each with its channel. */
  messages(frame: string): { channel: string; json: string }[];
}

/** One dashboard's talk with the server since it connected. */
export interface Conversation {
  index: number;
  /** Of its questions. */
  answered: number;
}

export const QUESTIONS = 4;

const categoryOf = (index: number) => (index % 2 ? "category 1" : undefined);

/** What each asks, as the page does; every second dashboard is narrowed to a category. */
export function questionsOf(index: number): [channel: string, params: object][] {
  const category = categoryOf(index);
  const filter = { tz: "UTC", compact: true, ...(category && { category }) };
  return [
    ["totals", { compact: compactParam("totals") }],
    ["overview", filter],
    ["leaderboard", { by: "posts", window: "5m", limit: 10, compact: true }],
    ["heatmap", filter],
  ];
}

/** https://socket.io/docs/v4/engine-io-protocol and https://socket.io/docs/v4/socket-io-protocol */
const socketIo: Protocol = {
  address: (server) => `${server.replace("http", "ws")}/socket.io/?EIO=4&transport=websocket`,
  answers(frame, dashboard) {
    if (frame === "2") return ["3"]; // ping, pong
    if (frame.startsWith("0")) return ["40"]; // open, connect
    if (frame.startsWith("40"))
      return questionsOf(dashboard.index).map(
        ([channel, params], id) => `42${id}${JSON.stringify(["subscribe", { channel, params }])}`,
      );
    if (!frame.startsWith("43")) return [];
    if (frame.includes('{"error":')) throw new Error(`a subscription was refused: ${frame.slice(0, 300)}`);
    dashboard.answered++;
    return [];
  },
  messages(frame) {
    const [, channel] = /^42\["(\w+)",/.exec(frame.slice(0, 40)) ?? [];
    return channel ? [{ channel, json: frame.slice(channel.length + 6, -1) }] : [];
  },
};

/** The channel of Centrifugo that stands for a question. */
export const centrifugoChannel = (index: number, channel: string): string =>
  categoryOf(index) && (channel === "overview" || channel === "heatmap") ? `${channel}_1` : channel;

/** https://centrifugal.dev/docs/transports/client_protocol, JSON: replies and pushes are lines of a frame. */
const centrifugo: Protocol = {
  address: (server) => `${server.replace("http", "ws")}/connection/websocket`,
  answers(frame, dashboard) {
    if (frame === "") return ['{"id":1,"connect":{}}'];
    const sent: string[] = [];
    for (const line of frame.split("\n")) {
      if (line === "{}") sent.push("{}"); // ping, pong
      if (line.includes('"error":')) throw new Error(`a subscription was refused: ${line}`);
      if (line.includes('"connect":'))
        sent.push(
          ...questionsOf(dashboard.index).map(([channel], id) =>
            JSON.stringify({
              id: id + 2,
              subscribe: { channel: centrifugoChannel(dashboard.index, channel) },
            }),
          ),
        );
      if (line.includes('"subscribe":')) dashboard.answered++;
    }
    return sent;
  },
  messages: (frame) =>
    frame.split("\n").flatMap((line) => {
      const [head, channel] = /^\{"push":\{"channel":"(\w+)","pub":\{"data":/.exec(line) ?? [];
      return head && channel ? [{ channel, json: line.slice(head.length, line.lastIndexOf("}}}")) }] : [];
    }),
};

export const PROTOCOLS = { socketIo, centrifugo };
export type ProtocolName = keyof typeof PROTOCOLS;
