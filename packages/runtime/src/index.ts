/** Process plumbing without domain knowledge: what every Pulseboard process needs and none should write again. */
export * from "./command.ts";
export * from "./env.ts";
export * from "./kafka.ts";
export * from "./kafkaErrors.ts";
export * from "./listen.ts";
export * from "./log.ts";
export * from "./metrics.ts";
export * from "./ops.ts";
export * from "./postgres.ts";
export { handOnRecordBatches, recordBatchesOf } from "./recordBatches/fetchResponse.ts";
export type { RecordBatch } from "./recordBatches/recordBatch.ts";
export { MalformedRecords, RecordReader } from "./recordBatches/records.ts";
export { wireTimestamp } from "./recordBatches/wireTimestamp.ts";
export * from "./retry.ts";
export * from "./running.ts";
export * from "./shutdown.ts";
export { createTopicIfMissing, PARTITIONS } from "./topic.ts";
