import { recordBatches, type TestMessage } from "../../../../test/support/recordBatches.ts";
import { decodeBatches } from "../../src/decode/decodeBatches.ts";
import type { DecodedRecords } from "../../src/decode/decodedRecords.ts";

/** A fetch that began at `from`, decoded as the consumer decodes it. */
export const decodeFetch = (
  messages: TestMessage[],
  from: number,
  context: { topic: string; partition: number; now: number },
): DecodedRecords => decodeBatches(recordBatches(messages), from, context);
