import { validateProducedBatch } from "../codec/recordBatch.ts";
import { validateRecords } from "../codec/records.ts";
import { ErrorCode, KafkaError } from "../protocol/errorCodes.ts";
import {
  decodeProduce,
  encodeProduce,
  type ProducedPartition,
  type ProduceRequest,
} from "../protocol/produce.ts";
import type { ApiRequest, BrokerContext, HandlerResult } from "../server/context.ts";

/** Versions before 3 carry the old message formats: advertised, or librdkafka stops compressing, but refused. */
const FIRST_SERVED_VERSION = 3;

export async function handleProduce(broker: BrokerContext, request: ApiRequest): Promise<HandlerResult> {
  const { version, reply } = request;
  const produce = decodeProduce(request.body, version);
  const refusal = refuse(produce, version);
  const topics = await Promise.all(
    produce.topics.map(async ({ name, partitions }) => ({
      name,
      partitions: await Promise.all(
        partitions.map(({ partition, records }) =>
          refusal === null
            ? append(broker, name, partition, records)
            : Promise.resolve(failed(partition, refusal)),
        ),
      ),
    })),
  );
  if (produce.acks === 0) {
    const failure = topics.flatMap(({ partitions }) => partitions).find(({ error }) => error !== 0);
    if (failure === undefined) return "noReply";
    // Without answers, closing the connection is how a producer learns that something is wrong.
    broker.options.logger.warn(
      { error: failure.error, message: failure.message },
      "produce with acks=0 failed",
    );
    return "disconnect";
  }
  encodeProduce(reply, version, topics);
}

function refuse({ acks, transactionalId }: ProduceRequest, version: number): KafkaError | null {
  if (version < FIRST_SERVED_VERSION) {
    return new KafkaError(ErrorCode.UNSUPPORTED_VERSION, `Produce v${version} carries old message formats`);
  }
  if (acks < -1 || acks > 1) {
    return new KafkaError(ErrorCode.INVALID_REQUIRED_ACKS, `acks -1, 0 or 1 expected, got ${acks}`);
  }
  if (transactionalId !== null) {
    return new KafkaError(ErrorCode.INVALID_TXN_STATE, "transactions are not supported");
  }
  return null;
}

async function append(
  broker: BrokerContext,
  topicName: string,
  partition: number,
  records: Buffer | null,
): Promise<ProducedPartition> {
  try {
    const topic = broker.topics.get(topicName);
    const log = topic?.partitions[partition];
    if (topic === undefined || log === undefined) {
      throw new KafkaError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, `there is no ${topicName}/${partition}`);
    }
    const maxBytes = topic.config["max.message.bytes"] ?? broker.options.messageMaxBytes;
    const header = validateProducedBatch(records, maxBytes);
    const aheadMs = topic.config["message.timestamp.after.max.ms"] ?? broker.options.timestampAfterMaxMs;
    await validateRecords(records!, header, Date.now() + aheadMs);
    const { baseOffset, logStartOffset } = await log.append(records!, header);
    return { partition, error: ErrorCode.NONE, baseOffset, logStartOffset, message: null };
  } catch (error) {
    if (error instanceof KafkaError) return failed(partition, error);
    throw error;
  }
}

function failed(partition: number, { code, message }: KafkaError): ProducedPartition {
  return { partition, error: code, baseOffset: -1, logStartOffset: -1, message };
}
