import {
  RecordBatchBuilder,
  sealBatch,
} from "../../packages/runtime/src/recordBatches/recordBatchBuilder.ts";
import { type Engagement, messageOf } from "../support/workload.ts";

const ID = '"event_id":"';
const TIME = '"engaged_timestamp":"';
/** In the text of a UUID: the time, the last group's first eight digits, and its last four. */
const SEQUENCE_AT = 24;
const PLACE_AT = 32;

/**
 * A record batch that is made once and sent again and again with new ids and times: writing these into their places
 * and the checksum anew costs a tenth of making it.
 */
export class LoadBatch {
  readonly count: number;
  private readonly bytes: Buffer;
  /** Where each event's id begins, and its timestamp. */
  private readonly ids: number[] = [];
  private readonly times: number[] = [];

  constructor(events: Engagement[]) {
    const builder = new RecordBatchBuilder();
    for (const event of events) builder.add(String(event.postId), messageOf(event), 0);
    this.count = events.length;
    this.bytes = builder.finish();
    for (let at = this.bytes.indexOf(ID); at >= 0; at = this.bytes.indexOf(ID, at + 1)) {
      const id = at + ID.length;
      this.bytes.write(this.ids.length.toString(16).padStart(4, "0"), id + PLACE_AT, "latin1");
      this.ids.push(id);
      this.times.push(this.bytes.indexOf(TIME, at) + TIME.length);
    }
  }

  /**
   * The batch with every event at `now` (ms), and ids that differ from those of every other `sequence`.
   * @returns bytes that are good until the next call
   */
  at(now: number, sequence: number): Buffer {
    const { bytes } = this;
    const hex = now.toString(16).padStart(12, "0");
    const idTime = Buffer.from(`${hex.slice(0, 8)}-${hex.slice(8)}`, "latin1");
    const idSequence = Buffer.from(sequence.toString(16).padStart(8, "0"), "latin1");
    const time = Buffer.from(new Date(now).toISOString(), "latin1");
    for (let index = 0; index < this.count; index++) {
      idTime.copy(bytes, this.ids[index]!);
      idSequence.copy(bytes, this.ids[index]! + SEQUENCE_AT);
      time.copy(bytes, this.times[index]!);
    }
    sealBatch(bytes, now, now);
    return bytes;
  }
}
