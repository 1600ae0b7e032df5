import {
  CoordinatorType,
  decodeFindCoordinator,
  decodeInitProducerId,
  encodeFindCoordinator,
  encodeInitProducerId,
} from "../protocol/cluster.ts";
import { ErrorCode } from "../protocol/errorCodes.ts";
import { type ApiRequest, type BrokerContext, NODE_ID } from "../server/context.ts";

export function handleFindCoordinator(_broker: BrokerContext, request: ApiRequest): void {
  const { keys, type } = decodeFindCoordinator(request.body, request.version);
  const here = { nodeId: NODE_ID, ...request.client.broker };
  const nowhere = { nodeId: -1, host: "", port: -1 };
  encodeFindCoordinator(
    request.reply,
    request.version,
    keys,
    type === CoordinatorType.GROUP
      ? { error: ErrorCode.NONE, message: null, ...here }
      : {
          // Clients take it for final; after INVALID_REQUEST librdkafka asks until its time is over.
          error: ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
          message: "transactions are not supported",
          ...nowhere,
        },
  );
}

export async function handleInitProducerId(broker: BrokerContext, request: ApiRequest): Promise<void> {
  const { transactionalId } = decodeInitProducerId(request.body);
  if (transactionalId !== null)
    encodeInitProducerId(request.reply, ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED, -1);
  else encodeInitProducerId(request.reply, ErrorCode.NONE, await broker.producerIds.next());
}
