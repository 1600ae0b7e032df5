import { type Passage, Relay, type Wire } from "./relay.ts";

const FETCH = 1;
/** Answers that tell clients where brokers are: Metadata and FindCoordinator. */
const ADDRESSING = new Set([3, 10]);
/** A Fetch answer that holds records is longer than this, bytes. */
const EMPTY_FETCH_BYTES = 600;

interface Trap {
  /** Of a Fetch answer, in per cent, that still pass. */
  share: number;
  sprung: () => void;
}

/** The connections between clients and a broker, which they know by the link's address only. */
export class KafkaLink {
  readonly relay: Relay;
  private readonly traps: { set: Trap | undefined };

  private constructor(relay: Relay, traps: { set: Trap | undefined }) {
    this.relay = relay;
    this.traps = traps;
  }

  static async open(brokerPort: number): Promise<KafkaLink> {
    const traps = { set: undefined };
    const relay: Relay = await Relay.open(
      brokerPort,
      () => new KafkaWire(traps, { from: brokerPort, to: relay.port }),
    );
    return new KafkaLink(relay, traps);
  }

  /** For KAFKA_BROKERS. */
  get address(): string {
    return `127.0.0.1:${this.relay.port}`;
  }

  /** Cuts the connection on which the next records are fetched, in the middle of the answer. */
  cutInFetch(share: number): Promise<void> {
    return new Promise((resolve) => {
      this.traps.set = {
        share,
        sprung: () => {
          this.traps.set = undefined;
          resolve();
        },
      };
    });
  }

  disarm(): void {
    this.traps.set = undefined;
  }
}

/** Whole frames, each with its length of four bytes before it. */
class Frames {
  private rest: Buffer = Buffer.alloc(0);

  *read(chunk: Buffer): Generator<Buffer> {
    this.rest = this.rest.length ? Buffer.concat([this.rest, chunk]) : chunk;
    while (this.rest.length >= 4) {
      const end = 4 + this.rest.readInt32BE(0);
      if (this.rest.length < end) return;
      const frame = this.rest.subarray(0, end);
      this.rest = this.rest.subarray(end);
      yield frame;
    }
  }
}

class KafkaWire implements Wire {
  private readonly requests = new Frames();
  private readonly answers = new Frames();
  /** API keys by correlation id. */
  private readonly asked = new Map<number, number>();
  private readonly traps: { set: Trap | undefined };
  private readonly ports: { from: number; to: number };

  constructor(traps: { set: Trap | undefined }, ports: { from: number; to: number }) {
    this.traps = traps;
    this.ports = ports;
  }

  fromClient(chunk: Buffer): Passage {
    for (const frame of this.requests.read(chunk)) this.asked.set(frame.readInt32BE(8), frame.readInt16BE(4));
    return chunk;
  }

  fromServer(chunk: Buffer): Passage {
    const whole: Buffer[] = [];
    for (const frame of this.answers.read(chunk)) {
      const correlation = frame.readInt32BE(4);
      const api = this.asked.get(correlation);
      this.asked.delete(correlation);
      const trap = this.traps.set;
      if (trap && api === FETCH && frame.length > EMPTY_FETCH_BYTES) {
        trap.sprung();
        return { last: Buffer.concat([...whole, frame.subarray(0, (frame.length * trap.share) / 100)]) };
      }
      whole.push(api !== undefined && ADDRESSING.has(api) ? this.readdressed(frame) : frame);
    }
    return Buffer.concat(whole);
  }

  /** The broker's port, which stands behind its host everywhere, becomes ours: the length stays. */
  private readdressed(frame: Buffer): Buffer {
    const host = Buffer.from("\0\x09127.0.0.1", "latin1");
    const copy = Buffer.from(frame);
    for (let at = copy.indexOf(host); at >= 0; at = copy.indexOf(host, at + host.length)) {
      const portAt = at + host.length;
      if (copy.readInt32BE(portAt) === this.ports.from) copy.writeInt32BE(this.ports.to, portAt);
    }
    return copy;
  }
}
