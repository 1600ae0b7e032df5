import { decodeDescribeLogDirs, encodeDescribeLogDirs } from "../protocol/logDirs.ts";
import type { ApiRequest, BrokerContext } from "../server/context.ts";

export function handleDescribeLogDirs(broker: BrokerContext, request: ApiRequest): void {
  const asked = decodeDescribeLogDirs(request.body);
  const topics = broker.topics
    .all()
    .filter(({ name }) => asked === null || asked.has(name))
    .map(({ name, partitions }) => ({
      name,
      partitions: partitions
        .map(({ size }, partition) => ({ partition, size }))
        .filter(({ partition }) => asked === null || asked.get(name)!.includes(partition)),
    }));
  encodeDescribeLogDirs(request.reply, request.version, broker.options.dataDir, topics);
}
