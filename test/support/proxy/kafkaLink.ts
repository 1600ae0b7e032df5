import { failPartitions, takeLeaders } from "./kafkaAnswers.ts";
import { type Passage, Relay, type Wire } from "./relay.ts";

const FETCH = 1;
const METADATA = 3;
/** Answers that tell clients where brokers are: Metadata and FindCoordinator. */
const ADDRESSING = new Set([3, 10]);
/** A Fetch answer that holds records is longer than this, bytes. */
const EMPTY_FETCH_BYTES = 600;

interface Trap {
  /** Of a Fetch answer, in per cent, that still pass. */
  share: number;
  sprung: () => void;
}

/** What goes wrong, for all connections of a link. */
interface Traps {
  set: Trap | undefined;
  /** Whether the connection of the next Fetch answer becomes one on which nothing arrives any more. */
  swallow: (() => void) | undefined;
  /** Partitions that have no leader, as Metadata has it. */
  leaderless: ReadonlySet<number>;
  /** Error codes of partitions in Fetch answers. */
  fetchErrors: ReadonlyMap<number, number>;
}

/** The connections between clients and a broker, which they know by the link's address only. */
export class KafkaLink {
  readonly relay: Relay;
  private readonly traps: Traps;

  private constructor(relay: Relay, traps: Traps) {
    this.relay = relay;
    this.traps = traps;
  }

  static async open(brokerPort: number): Promise<KafkaLink> {
    const traps: Traps = {
      set: undefined,
      swallow: undefined,
      leaderless: new Set(),
      fetchErrors: new Map(),
    };
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

  /** From the next Fetch answer on, nothing arrives on its connection, which stays open; others are as they were. */
  swallowFetches(): Promise<void> {
    return new Promise((resolve) => {
      this.traps.swallow = resolve;
    });
  }

  /** These partitions have no leader from now on, as far as clients are told. */
  takeLeaders(...partitions: number[]): void {
    this.traps.leaderless = new Set(partitions);
  }

  /** Every Fetch answer has these error codes for these partitions. */
  failFetches(errors: Record<number, number>): void {
    this.traps.fetchErrors = new Map(Object.entries(errors).map(([id, code]) => [Number(id), code]));
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
  private isSwallowed = false;
  private readonly traps: Traps;
  private readonly ports: { from: number; to: number };

  constructor(traps: Traps, ports: { from: number; to: number }) {
    this.traps = traps;
    this.ports = ports;
  }

  fromClient(chunk: Buffer): Passage {
    for (const frame of this.requests.read(chunk)) this.asked.set(frame.readInt32BE(8), frame.readInt16BE(4));
    return chunk;
  }

  fromServer(chunk: Buffer): Passage {
    if (this.isSwallowed) return Buffer.alloc(0);
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
      if (this.traps.swallow && api === FETCH) {
        this.traps.swallow();
        this.traps.swallow = undefined;
        this.isSwallowed = true;
        break;
      }
      whole.push(this.changed(api, frame));
    }
    return Buffer.concat(whole);
  }

  private changed(api: number | undefined, frame: Buffer): Buffer {
    const { leaderless, fetchErrors } = this.traps;
    if (api === FETCH && fetchErrors.size > 0) return failPartitions(frame, fetchErrors);
    if (api === undefined || !ADDRESSING.has(api)) return frame;
    const readdressed = this.readdressed(frame);
    return api === METADATA && leaderless.size > 0 ? takeLeaders(readdressed, leaderless) : readdressed;
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
