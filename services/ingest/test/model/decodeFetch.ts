import type { RecordBatch } from "@pulseboard/runtime";
import { recordBatch, type TestMessage } from "../../../../test/support/recordBatches.ts";
import { decodeBatches } from "../../src/decode/decodeBatches.ts";
import type { DecodedRecords } from "../../src/decode/decodedRecords.ts";

/** A fetch that began at `from`, decoded as the consumer decodes it. */
export const decodeFetch = (
  held: { message: TestMessage; isAborted: boolean }[],
  from: number,
  context: { topic: string; partition: number; now: number },
): DecodedRecords => decodeBatches(batches(held), from, context);

/** As few batches as hold the messages; those of aborted transactions come without records, as our fetch decoder gives them. */
function batches(held: { message: TestMessage; isAborted: boolean }[]): RecordBatch[] {
  const made: RecordBatch[] = [];
  for (let first = 0; first < held.length; ) {
    const { isAborted } = held[first]!;
    let end = first + 1;
    while (end < held.length && held[end]!.isAborted === isAborted) end += 1;
    const batch = recordBatch(held.slice(first, end).map(({ message }) => message));
    made.push(isAborted ? { ...batch, count: 0 } : batch);
    first = end;
  }
  return made;
}
