import { ErrorCode } from "../protocol/errorCodes.ts";
import { encodeConsumerGroupHeartbeat } from "../protocol/groupMembership.ts";
import type { ApiRequest, BrokerContext } from "../server/context.ts";

/**
 * `group.protocol=consumer` (KIP-848) is not served. It is advertised all the same: a client that finds it missing asks
 * for the coordinator until its time is over, one that is refused ends with a fatal error.
 */
export function handleConsumerGroupHeartbeat(_broker: BrokerContext, { reply }: ApiRequest): void {
  encodeConsumerGroupHeartbeat(
    reply,
    ErrorCode.UNSUPPORTED_VERSION,
    "group.protocol=consumer is not supported: use classic",
  );
}
