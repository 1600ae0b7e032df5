import {
  decodeDeleteGroups,
  decodeDescribeGroups,
  decodeListGroups,
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
  const states = decodeListGroups(request.body, request.version);
  const groups = broker.groups
    .list()
    .map((group) => ({ ...group, state: broker.groups.describe(group.id).state }))
    .filter(({ state }) => states.length === 0 || states.includes(state));
  encodeListGroups(request.reply, request.version, groups);
}

export async function handleDeleteGroups(broker: BrokerContext, request: ApiRequest): Promise<void> {
  const results = [];
  for (const id of decodeDeleteGroups(request.body)) {
    results.push({ id, error: await broker.groups.delete(id) });
  }
  encodeDeleteGroups(request.reply, results);
}
