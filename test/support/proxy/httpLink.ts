import { type Passage, Relay, type Wire } from "./relay.ts";

/** The connections between clients and an HTTP server, some of which are cut in the middle. */
export class HttpLink {
  readonly relay: Relay;
  readonly cuts = { requests: 0, answers: 0 };

  private constructor(relay: Relay) {
    this.relay = relay;
  }

  /** @param draw whether to cut here, asked for each piece of a request and of an answer */
  static async open(serverPort: number, draw: () => boolean): Promise<HttpLink> {
    const relay = await Relay.open(serverPort, () => {
      const wire: Wire = {
        // The server gets a part of the request.
        fromClient: (chunk) => (draw() ? cutAt(chunk, "requests") : chunk),
        // The server has answered, and the client never hears of it.
        fromServer: (chunk) => (draw() ? cutAt(chunk.subarray(0, 0), "answers") : chunk),
      };
      return wire;
    });
    const link = new HttpLink(relay);
    function cutAt(chunk: Buffer, what: "requests" | "answers"): Passage {
      link.cuts[what] += 1;
      return { last: chunk.subarray(0, chunk.length / 2) };
    }
    return link;
  }

  get url(): string {
    return `http://127.0.0.1:${this.relay.port}`;
  }
}
