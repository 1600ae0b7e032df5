import {
  decodeDeleteGroups,
  decodeDescribeGroups,
  encodeDeleteGroups,
  encodeDescribeGroups,
  encodeListGroups,
} from "../protocol/groupAdmin.ts";
import type { ApiRequest, BrokerContext } from "../server/context.ts";

export function handleDescribeGroups(broker: BrokerContext, request: ApiRequest): void {
  const groups = decodeDescribeGroups(request.body).map((id) => ({ id, ...broker.groups.describe(id) }));
  encodeDescribeGroups(request.reply, request.version, groups);
}

export function handleListGroups(broker: BrokerContext, request: ApiRequest): void {
  encodeListGroups(request.reply, request.version, broker.groups.list());
}

export async function handleDeleteGroups(broker: BrokerContext, request: ApiRequest): Promise<void> {
  const results = [];
  for (const id of decodeDeleteGroups(request.body)) {
    results.push({ id, error: await broker.groups.delete(id) });
  }
  encodeDeleteGroups(request.reply, results);
}
