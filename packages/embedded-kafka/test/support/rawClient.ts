import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { onTestFinished } from "vitest";
import { Reader } from "../../src/codec/reader.ts";
import { finishResponse, Writer } from "../../src/codec/writer.ts";
import { FrameAssembler } from "../../src/server/frameAssembler.ts";
import { API, type ApiName, type ApiSchema } from "./apis.ts";
import { decode, decodeTags, encode, encodeTags, type Message } from "./wire.ts";

/** A client that says exactly what a test wants said. */
export class RawClient {
  readonly socket: Socket;
  readonly #waiting: ((frame: Buffer | null) => void)[] = [];
  readonly #arrived: Buffer[] = [];
  #closed = false;
  #correlation = 0;

  private constructor(socket: Socket) {
    this.socket = socket;
    const assembler = new FrameAssembler(1 << 30, 4);
    socket.on("data", (chunk) =>
      assembler.push(chunk, (frame) => {
        const waiter = this.#waiting.shift();
        if (waiter === undefined) this.#arrived.push(frame);
        else waiter(frame);
      }),
    );
    socket.on("error", () => {});
    socket.on("close", () => {
      this.#closed = true;
      for (const waiter of this.#waiting.splice(0)) waiter(null);
    });
  }

  static async connect({ host, port }: { host: string; port: number }): Promise<RawClient> {
    const socket = connect({ host, port });
    await once(socket, "connect");
    onTestFinished(() => void socket.destroy());
    return new RawClient(socket);
  }

  /** The next frame from the broker; null when it closed the connection instead. */
  receive(): Promise<Buffer | null> {
    const frame = this.#arrived.shift();
    if (frame !== undefined) return Promise.resolve(frame);
    if (this.#closed) return Promise.resolve(null);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  send(key: number, version: number, body: (w: Writer) => void): number {
    const correlation = ++this.#correlation;
    const w = new Writer().int32(0).int16(key).int16(version).int32(correlation).nullableString("raw");
    body(w);
    this.socket.write(finishResponse(w));
    return correlation;
  }

  sendApi(name: ApiName, version: number, message: Message): number {
    const { key, request, flexible } = API[name];
    const at = { version, flexible: version >= flexible };
    return this.send(key, version, (w) => {
      if (at.flexible) encodeTags(w); // of the header
      encode(w, request, at, message);
    });
  }

  async request(name: ApiName, version: number, message: Message): Promise<Message> {
    const correlation = this.sendApi(name, version, message);
    return this.answer(name, version, correlation);
  }

  async answer(name: ApiName, version: number, correlation: number): Promise<Message> {
    const frame = await this.receive();
    if (frame === null) throw new Error(`${name} v${version}: the broker closed the connection`);
    return decodeAnswer(frame, API[name], version, correlation);
  }
}

function decodeAnswer(frame: Buffer, api: ApiSchema, version: number, correlation: number): Message {
  const reader = new Reader(frame);
  const came = reader.int32();
  if (came !== correlation) throw new Error(`answer ${came} came, ${correlation} expected`);
  const at = { version, flexible: version >= api.flexible };
  if (at.flexible) decodeTags(reader);
  const message = decode(reader, api.response, at);
  if (reader.remaining > 0) throw new Error(`${reader.remaining} bytes too many in the answer`);
  return message;
}
