import WebSocket from "ws";
import type { CompactMessage } from "../../packages/contract/src/live.ts";
import { centrifugoChannel, PROTOCOLS, QUESTIONS } from "./protocols.ts";

/** A live message as a dashboard got it. */
export interface Recorded {
  /** Of Centrifugo. */
  channel: string;
  json: string;
  /** ms since the epoch: when the server read the totals, or when another message came. */
  at: number;
}

/** Listens as one dashboard of each filter does, which together get every message that there is. */
export class Recorder {
  #messages: Recorded[] = [];
  readonly #sockets: WebSocket[] = [];

  static async open(url: string): Promise<Recorder> {
    const recorder = new Recorder();
    for (const index of [0, 1]) await recorder.#connect(url, index);
    return recorder;
  }

  #connect(url: string, index: number): Promise<void> {
    const { socketIo } = PROTOCOLS;
    const dashboard = { index, answered: 0 };
    const socket = new WebSocket(socketIo.address(url), { perMessageDeflate: false });
    this.#sockets.push(socket);
    return new Promise((resolve, reject) => {
      socket.on("error", reject);
      socket.on("message", (data: Buffer) => {
        const frame = data.toString();
        for (const answer of socketIo.answers(frame, dashboard)) socket.send(answer);
        if (dashboard.answered === QUESTIONS) resolve();
        for (const { channel, json } of socketIo.messages(frame)) this.#take(index, channel, json);
      });
    });
  }

  #take(index: number, channel: string, json: string): void {
    const name = centrifugoChannel(index, channel);
    // Without a filter both hear the same.
    if (index === 1 && name === channel) return;
    let at = Date.now();
    if (channel === "totals") {
      const { as_of, data }: CompactMessage<"totals"> = JSON.parse(json);
      at = Date.parse(as_of) + data[0];
    }
    this.#messages.push({ channel: name, json, at });
  }

  /** What came since the last call, in its order. */
  take(): Recorded[] {
    const taken = this.#messages.sort((a, b) => a.at - b.at);
    this.#messages = [];
    return taken;
  }

  close(): void {
    for (const socket of this.#sockets) socket.terminate();
  }
}
