import type { BatchHeader } from "../codec/recordBatch.ts";
import { ErrorCode, KafkaError } from "../protocol/errorCodes.ts";

interface RememberedBatch {
  firstSequence: number;
  lastSequence: number;
  baseOffset: number;
}

interface Producer {
  epoch: number;
  batches: RememberedBatch[];
}

export type ProducerSnapshot = [producerId: number, epoch: number, batches: RememberedBatch[]][];

const REMEMBERED_BATCHES = 5;
const MAX_PRODUCERS = 5_000;
const SEQUENCES = 0x8000_0000;

/**
 * What makes a producer idempotent on one partition: the last five batches of each producer id. A repeat of
 * one of them is recognised and answered with the offset it got first; anything else must follow on.
 * Bounded: beyond 5,000 producer ids the one that has been silent longest is forgotten.
 */
export class ProducerState {
  readonly #producers = new Map<number, Producer>();

  constructor(snapshot: ProducerSnapshot = []) {
    for (const [producerId, epoch, batches] of snapshot) this.#producers.set(producerId, { epoch, batches });
  }

  get highestProducerId(): number {
    return Math.max(-1, ...this.#producers.keys());
  }

  /** The base offset this very batch was given before, or null when it is new; throws when it may not come. */
  check(header: BatchHeader): number | null {
    if (header.producerId < 0) return null;
    const producer = this.#producers.get(header.producerId);
    if (producer === undefined) return null;
    if (header.producerEpoch < producer.epoch) {
      throw new KafkaError(
        ErrorCode.INVALID_PRODUCER_EPOCH,
        `producer ${header.producerId}: epoch ${header.producerEpoch}, now ${producer.epoch}`,
      );
    }
    const first = header.baseSequence;
    if (header.producerEpoch > producer.epoch) {
      if (first !== 0) throw outOfOrder(header, 0);
      return null;
    }
    const last = lastSequenceOf(header);
    const repeat = producer.batches.find((b) => b.firstSequence === first && b.lastSequence === last);
    if (repeat !== undefined) return repeat.baseOffset;
    const expected = (producer.batches.at(-1)!.lastSequence + 1) % SEQUENCES;
    if (first !== expected) throw outOfOrder(header, expected);
    return null;
  }

  /** Called for every batch of the log, in order: on append, and again at recovery. */
  remember(header: BatchHeader, baseOffset: number): void {
    if (header.producerId < 0) return;
    const known = this.#producers.get(header.producerId);
    const batches = known?.epoch === header.producerEpoch ? known.batches : [];
    batches.push({
      firstSequence: header.baseSequence,
      lastSequence: lastSequenceOf(header),
      baseOffset,
    });
    if (batches.length > REMEMBERED_BATCHES) batches.shift();
    this.#producers.delete(header.producerId);
    this.#producers.set(header.producerId, { epoch: header.producerEpoch, batches });
    if (this.#producers.size > MAX_PRODUCERS) this.#producers.delete(this.#producers.keys().next().value!);
  }

  /** Batches at or past `end` are left out: they are not written yet. */
  snapshot(end = Number.POSITIVE_INFINITY): ProducerSnapshot {
    const snapshot: ProducerSnapshot = [];
    for (const [id, { epoch, batches }] of this.#producers) {
      const written = batches.filter((batch) => batch.baseOffset < end);
      if (written.length > 0) snapshot.push([id, epoch, written]);
    }
    return snapshot;
  }
}

/** Sequence numbers go round after 2^31 - 1. */
function lastSequenceOf(header: BatchHeader): number {
  return (header.baseSequence + header.lastOffsetDelta) % SEQUENCES;
}

function outOfOrder(header: BatchHeader, expected: number): KafkaError {
  return new KafkaError(
    ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER,
    `producer ${header.producerId}: sequence ${header.baseSequence}, expected ${expected}`,
  );
}
