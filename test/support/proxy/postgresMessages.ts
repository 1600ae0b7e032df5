/** A part of one message of PostgreSQL's protocol, as it lies in a chunk of the stream. */
export interface Piece {
  /** The message's type byte; "" for the first message of a client, which has none. */
  type: string;
  /** Where the part of its body that this chunk holds begins and ends. */
  from: number;
  to: number;
  /** Whether the message ends with it. */
  complete: boolean;
  /** The first bytes of the body, as far as they have arrived. */
  head: Buffer;
}

const HEAD_BYTES = 512;

/**
 * Splits one direction of a connection into messages, without holding anything back.
 * https://www.postgresql.org/docs/current/protocol-message-formats.html
 */
export class PostgresMessages {
  private header = Buffer.alloc(0);
  private headerBytes: number;
  private type = "";
  private left = 0;
  private head = Buffer.alloc(0);
  private inBody = false;

  constructor(side: "client" | "server") {
    this.headerBytes = side === "client" ? 4 : 5;
  }

  *read(chunk: Buffer): Generator<Piece> {
    let at = 0;
    while (at < chunk.length || (this.inBody && this.left === 0)) {
      if (!this.inBody) {
        const more = chunk.subarray(at, at + this.headerBytes - this.header.length);
        this.header = Buffer.concat([this.header, more]);
        at += more.length;
        if (this.header.length === this.headerBytes) this.begin();
        continue;
      }
      const to = Math.min(chunk.length, at + this.left);
      this.left -= to - at;
      if (this.head.length < HEAD_BYTES)
        this.head = Buffer.concat([this.head, chunk.subarray(at, to)]).subarray(0, HEAD_BYTES);
      const complete = this.left === 0;
      if (complete) this.inBody = false;
      yield { type: this.type, from: at, to, complete, head: this.head };
      at = to;
    }
  }

  private begin(): void {
    const lengthAt = this.headerBytes - 4;
    this.type = lengthAt === 0 ? "" : this.header.toString("latin1", 0, 1);
    this.left = this.header.readInt32BE(lengthAt) - 4;
    this.header = Buffer.alloc(0);
    this.headerBytes = 5;
    this.head = Buffer.alloc(0);
    this.inBody = true;
  }
}
