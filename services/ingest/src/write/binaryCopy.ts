/**
 * Rows in PostgreSQL's binary COPY format, encoded straight into one buffer that is used again for the next batch.
 * https://www.postgresql.org/docs/current/sql-copy.html, "Binary Format"
 */
const HEADER = Buffer.from("PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0", "latin1");
/** Microseconds between 1970 and 2000, the epoch of timestamptz. */
const EPOCH_OFFSET_MS = 946_684_800_000;

const HEX = new Int8Array(128).fill(-1);
for (let digit = 0; digit < 16; digit++) {
  HEX[digit.toString(16).charCodeAt(0)] = digit;
  HEX[digit.toString(16).toUpperCase().charCodeAt(0)] = digit;
}

export class BinaryCopy {
  private buffer = Buffer.allocUnsafe(1 << 20);
  private start = 0;
  private length = 0;

  /** Forgets everything: what end() gave is no longer valid. */
  clear(): void {
    this.length = 0;
  }

  /** Starts a COPY of its own behind those that were ended. */
  begin(): this {
    this.reserve(HEADER.length);
    this.start = this.length;
    HEADER.copy(this.buffer, this.length);
    this.length += HEADER.length;
    return this;
  }

  /** Starts a row of `fields` fields; none of them may be longer than 64 bytes. */
  row(fields: number): this {
    this.reserve(2 + fields * 68);
    this.length = this.buffer.writeInt16BE(fields, this.length);
    return this;
  }

  int4(value: number): this {
    this.length = this.buffer.writeInt32BE(4, this.length);
    this.length = this.buffer.writeInt32BE(value, this.length);
    return this;
  }

  null(): this {
    this.length = this.buffer.writeInt32BE(-1, this.length);
    return this;
  }

  /** Raw bytes of a short field, e.g. an enum's label. */
  bytes(value: Buffer): this {
    const { buffer } = this;
    let at = buffer.writeInt32BE(value.length, this.length);
    for (let i = 0; i < value.length; i++) buffer[at++] = value[i]!;
    this.length = at;
    return this;
  }

  /** A UUID with its four dashes. */
  uuid(text: string): this {
    const { buffer } = this;
    let at = buffer.writeInt32BE(16, this.length);
    for (let i = 0; i < 36; i += 2) {
      if (i === 8 || i === 13 || i === 18 || i === 23) i++;
      buffer[at++] = (HEX[text.charCodeAt(i)]! << 4) | HEX[text.charCodeAt(i + 1)]!;
    }
    this.length = at;
    return this;
  }

  /** A UUID from its 16 bytes at `from`. */
  id(bytes: Uint8Array, from: number): this {
    const { buffer } = this;
    const at = buffer.writeInt32BE(16, this.length);
    for (let i = 0; i < 16; i++) buffer[at + i] = bytes[from + i]!;
    this.length = at + 16;
    return this;
  }

  /** A timestamptz from ms since the Unix epoch. */
  timestamp(ms: number): this {
    this.length = this.buffer.writeInt32BE(8, this.length);
    const micros = (ms - EPOCH_OFFSET_MS) * 1_000;
    const high = Math.floor(micros / 2 ** 32);
    this.length = this.buffer.writeInt32BE(high, this.length);
    this.length = this.buffer.writeUInt32BE(micros - high * 2 ** 32, this.length);
    return this;
  }

  /** The finished bytes; valid until clear(). */
  end(): Buffer {
    this.reserve(2);
    this.length = this.buffer.writeInt16BE(-1, this.length);
    return this.buffer.subarray(this.start, this.length);
  }

  private reserve(bytes: number): void {
    if (this.length + bytes <= this.buffer.length) return;
    const larger = Buffer.allocUnsafe(2 * (this.length + bytes));
    this.buffer.copy(larger, 0, 0, this.length);
    this.buffer = larger;
  }
}
