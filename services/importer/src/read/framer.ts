import type { Refused } from "./row.ts";

/** A record holds this much at most. */
export const MAX_RECORD_BYTES = 1 << 20;

const NEWLINE = 10;
const RETURN = 13;
const QUOTE = 34;
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

/** A record's bytes without its line end, and the line on which it begins, the file's first being 1. */
export interface Framed {
  line: number;
  bytes: Buffer;
}

/**
 * Cuts a file's bytes into records, whatever the chunks they come in. A record ends with its line, where quotes are
 * open with a later one; blank lines are none. Memory is bounded by a chunk and the longest record.
 */
export class RecordFramer {
  /** Set when nothing behind a quote that stays open can be told apart: the rest of the file is not read. */
  closed = false;
  private rest: Buffer = Buffer.alloc(0);
  private line = 1;
  private begun = false;
  private skipping = false;
  private readonly quoted: boolean;

  /** @param quoted whether double quotes hold line ends, as in CSV */
  constructor(quoted: boolean) {
    this.quoted = quoted;
  }

  push(chunk: Buffer, last = false): (Framed | Refused)[] {
    const out: (Framed | Refused)[] = [];
    let buffer = this.rest.length > 0 ? Buffer.concat([this.rest, chunk]) : chunk;
    if (this.closed) return out;
    if (!this.begun) {
      if (buffer.length < BYTE_ORDER_MARK.length && !last) {
        this.rest = buffer;
        return out;
      }
      this.begun = true;
      if (buffer.subarray(0, 3).equals(BYTE_ORDER_MARK)) buffer = buffer.subarray(3);
    }
    const { start, open } = this.cut(buffer, out);
    this.rest = buffer.subarray(start);
    if (this.skipping) this.rest = Buffer.alloc(0);
    else if (last || this.rest.length > MAX_RECORD_BYTES) this.endWithoutLineEnd(open, last, out);
    return out;
  }

  /** @returns where the first record begins that does not end in the buffer, and whether its quotes are open */
  private cut(buffer: Buffer, out: (Framed | Refused)[]): { start: number; open: boolean } {
    let start = 0;
    let open = false;
    let lines = 0;
    let at = 0;
    let quote = this.quoted ? next(buffer, QUOTE, 0) : buffer.length;
    for (let end = next(buffer, NEWLINE, 0); ; end = next(buffer, NEWLINE, at)) {
      for (; quote < end; quote = next(buffer, QUOTE, quote + 1)) open = !open;
      if (end === buffer.length) return { start, open };
      at = end + 1;
      lines++;
      if (this.skipping) open = false;
      if (open) continue;
      if (!this.skipping) this.add(buffer.subarray(start, end), out);
      this.skipping = false;
      this.line += lines;
      lines = 0;
      start = at;
    }
  }

  private add(record: Buffer, out: (Framed | Refused)[]): void {
    const bytes = record.at(-1) === RETURN ? record.subarray(0, -1) : record;
    if (bytes.length > MAX_RECORD_BYTES) out.push(tooLong(this.line));
    else if (bytes.length > 0) out.push({ line: this.line, bytes });
  }

  private endWithoutLineEnd(open: boolean, last: boolean, out: (Framed | Refused)[]): void {
    if (open) {
      this.closed = true;
      out.push({
        line: this.line,
        field: "",
        expected: "the quote that opens here to be closed within 1 MiB; what follows is not read",
      });
    } else if (last) this.add(this.rest, out);
    else {
      out.push(tooLong(this.line));
      this.skipping = true;
    }
    this.rest = Buffer.alloc(0);
  }
}

/** The place of the byte at or after `from`, the buffer's length when there is none. */
const next = (buffer: Buffer, byte: number, from: number): number => {
  const found = buffer.indexOf(byte, from);
  return found < 0 ? buffer.length : found;
};

const tooLong = (line: number): Refused => ({ line, field: "", expected: "a record of at most 1 MiB" });
