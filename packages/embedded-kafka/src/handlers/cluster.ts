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
  const { type } = decodeFindCoordinator(request.body, request.version);
  const here = { nodeId: NODE_ID, ...request.client.broker };
  const nowhere = { nodeId: -1, host: "", port: -1 };
  encodeFindCoordinator(
    request.reply,
    request.version,
    type === CoordinatorType.GROUP
      ? { error: ErrorCode.NONE, message: null, ...here }
      : { error: ErrorCode.INVALID_REQUEST, message: "transactions are not supported", ...nowhere },
  );
}

export async function handleInitProducerId(broker: BrokerContext, request: ApiRequest): Promise<void> {
  const { transactionalId } = decodeInitProducerId(request.body);
  if (transactionalId !== null) encodeInitProducerId(request.reply, ErrorCode.INVALID_REQUEST, -1);
  else encodeInitProducerId(request.reply, ErrorCode.NONE, await broker.producerIds.next());
}
