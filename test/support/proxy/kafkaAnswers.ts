/** An error code of Kafka, and where no broker is. */
const LEADER_NOT_AVAILABLE = 5;
const NOBODY = -1;

/** Reads along a frame, whose fields are changed in place. */
class Cursor {
  private readonly frame: Buffer;
  /** Behind the length and the correlation id. */
  at = 8;

  constructor(frame: Buffer) {
    this.frame = frame;
  }

  int32(): number {
    this.at += 4;
    return this.frame.readInt32BE(this.at - 4);
  }

  /** A string, which may be null. */
  string(): string | undefined {
    const length = this.frame.readInt16BE(this.at);
    this.at += 2 + Math.max(0, length);
    return length < 0 ? undefined : this.frame.toString("utf8", this.at - length, this.at);
  }

  each(read: () => void): void {
    for (let left = this.int32(); left > 0; left--) read();
  }

  skip(bytes: number): void {
    this.at += bytes;
  }
}

/** Takes the leader of these partitions, of whatever topic, out of a Metadata answer version 6. */
export function takeLeaders(frame: Buffer, partitions: ReadonlySet<number>): Buffer {
  const changed = Buffer.from(frame);
  const c = new Cursor(changed);
  c.skip(4); // throttle time
  c.each(() => {
    c.skip(4);
    c.string();
    c.skip(4);
    c.string(); // rack
  });
  c.string(); // cluster
  c.skip(4); // controller
  c.each(() => {
    c.skip(2);
    c.string();
    c.skip(1); // is internal
    c.each(() => {
      const errorAt = c.at;
      c.skip(2);
      if (partitions.has(c.int32())) {
        changed.writeInt16BE(LEADER_NOT_AVAILABLE, errorAt);
        changed.writeInt32BE(NOBODY, c.at);
      }
      c.skip(4);
      for (let lists = 3; lists > 0; lists--) c.each(() => c.skip(4)); // replicas, in sync, offline
    });
  });
  return changed;
}

/** Gives these partitions, of whatever topic, an error code in a Fetch answer version 11. */
export function failPartitions(frame: Buffer, errors: ReadonlyMap<number, number>): Buffer {
  const changed = Buffer.from(frame);
  const c = new Cursor(changed);
  c.skip(10); // throttle time, error, session
  c.each(() => {
    c.string();
    c.each(() => {
      const error = errors.get(c.int32());
      if (error !== undefined) changed.writeInt16BE(error, c.at);
      c.skip(2 + 3 * 8);
      const aborted = c.int32();
      c.skip(Math.max(0, aborted) * 16 + 4);
      c.skip(Math.max(0, c.int32())); // records
    });
  });
  return changed;
}
