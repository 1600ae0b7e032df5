import { once } from "node:events";
import { connect, type Socket } from "node:net";

const PRODUCE = 0;
const PRODUCE_VERSION = 3;
const TIMEOUT_MS = 30_000;
const CLIENT_ID = "pulseboard-bench";

/**
 * Sends finished record batches to the one broker there is, with acks=all: a tenth of kafkajs' work an event, so that
 * producing does not take the CPU that is to be measured. https://kafka.apache.org/protocol#The_Messages_Produce
 */
export class RawProducer {
  private readonly socket: Socket;
  private readonly waiting: { resolve: () => void; reject: (error: Error) => void }[] = [];
  private received: Buffer = Buffer.alloc(0);
  private correlation = 0;
  private broken: Error | undefined;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.setNoDelay(true);
    socket.on("data", (chunk) => this.take(chunk));
    socket.on("error", (error) => this.fail(error));
    socket.on("close", () => this.fail(new Error("the broker closed the producer's connection")));
  }

  static async connect(address: string): Promise<RawProducer> {
    const [host, port] = address.split(":") as [string, string];
    const socket = connect({ host, port: Number(port) });
    await once(socket, "connect");
    return new RawProducer(socket);
  }

  /**
   * Resolves when the batch is acknowledged; several may be on their way, and arrive in order.
   * @throws with Kafka's error code when it is refused
   */
  send(topic: string, partition: number, batch: Buffer): Promise<void> {
    if (this.broken) return Promise.reject(this.broken);
    const head = Buffer.alloc(64 + CLIENT_ID.length + topic.length);
    let at = 4;
    at = head.writeInt16BE(PRODUCE, at);
    at = head.writeInt16BE(PRODUCE_VERSION, at);
    at = head.writeInt32BE(++this.correlation, at);
    at = head.writeInt16BE(CLIENT_ID.length, at);
    at += head.write(CLIENT_ID, at, "latin1");
    at = head.writeInt16BE(-1, at); // transactional id: none
    at = head.writeInt16BE(-1, at); // acks: all
    at = head.writeInt32BE(TIMEOUT_MS, at);
    at = head.writeInt32BE(1, at); // topics
    at = head.writeInt16BE(topic.length, at);
    at += head.write(topic, at, "latin1");
    at = head.writeInt32BE(1, at); // partitions
    at = head.writeInt32BE(partition, at);
    at = head.writeInt32BE(batch.length, at);
    head.writeInt32BE(at - 4 + batch.length, 0);
    this.socket.write(head.subarray(0, at));
    this.socket.write(batch);
    const acknowledged = new Promise<void>((resolve, reject) => this.waiting.push({ resolve, reject }));
    acknowledged.catch(() => {}); // whoever awaits it hears of it, however late
    return acknowledged;
  }

  close(): void {
    this.socket.end();
  }

  private take(chunk: Buffer): void {
    this.received = this.received.length ? Buffer.concat([this.received, chunk]) : chunk;
    while (this.received.length >= 4) {
      const size = 4 + this.received.readInt32BE(0);
      if (this.received.length < size) return;
      const answer = this.received.subarray(4, size);
      this.received = this.received.subarray(size);
      const { resolve, reject } = this.waiting.shift()!;
      // correlation id, one topic with its name, one partition with its index, then the error.
      const code = answer.readInt16BE(8 + 2 + answer.readInt16BE(8) + 4 + 4);
      if (code === 0) resolve();
      else reject(new Error(`the broker refused a batch with error ${code}`));
    }
  }

  private fail(error: Error): void {
    this.broken ??= error;
    for (const { reject } of this.waiting.splice(0)) reject(this.broken);
  }
}
