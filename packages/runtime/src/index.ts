/** Process plumbing without domain knowledge: what every Pulseboard process needs and none should write again. */
export { kafkaSockets, withPort } from "./addresses.ts";
export * from "./checkDatabase.ts";
export * from "./command.ts";
export * from "./databaseErrors.ts";
export * from "./env.ts";
export { checkKafkaSettings, createKafka, type KafkaSettings } from "./kafka.ts";
export * from "./kafkaErrors.ts";
export { createKafkaLog } from "./kafkaLog.ts";
export { refuseOldBrokers } from "./kafkaVersions.ts";
export * from "./listen.ts";
export * from "./log.ts";
export { type LogBounds, LogBoundsReader } from "./logBounds.ts";
export * from "./metrics.ts";
export * from "./ops.ts";
export { isolatePartitionFaults } from "./partitionFaults.ts";
export * from "./postgres.ts";
export { ownSeconds, processSeconds, treeSeconds } from "./processes/cpu.ts";
export { proportionalBytes, residentBytes } from "./processes/memory.ts";
export { programArguments } from "./processes/program.ts";
export { BatchProducer } from "./recordBatches/batchProducer.ts";
export {
  type FetchedLog,
  handOnRecordBatches,
  onFetchedLog,
  recordBatchesOf,
} from "./recordBatches/fetchResponse.ts";
export type { RecordBatch } from "./recordBatches/recordBatch.ts";
export { RecordBatchBuilder } from "./recordBatches/recordBatchBuilder.ts";
export { MalformedRecords, RecordReader } from "./recordBatches/records.ts";
export { wireTimestamp } from "./recordBatches/wireTimestamp.ts";
export * from "./retry.ts";
export * from "./running.ts";
export { secret } from "./secret.ts";
export * from "./session.ts";
export * from "./shutdown.ts";
export { createTopicIfMissing, PARTITIONS } from "./topic.ts";
