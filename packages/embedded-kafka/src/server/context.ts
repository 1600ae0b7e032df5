import type { Reader } from "../codec/reader.ts";
import type { Writer } from "../codec/writer.ts";
import type { GroupCoordinator } from "../group/coordinator.ts";
import type { OnClose } from "../group/onClose.ts";
import type { ResolvedOptions } from "../options.ts";
import type { ProducerIds } from "../storage/producerIds.ts";
import type { TopicStore } from "../storage/topicStore.ts";

/** The only broker there is: leader of every partition, controller, coordinator of every group. */
export const NODE_ID = 1;

/** What the request handlers work on. */
export interface BrokerContext {
  options: ResolvedOptions;
  clusterId: string;
  topics: TopicStore;
  groups: GroupCoordinator;
  producerIds: ProducerIds;
}

/** The connection a request came by, as far as a handler may know it. */
export interface Client {
  /** Where this client reaches the broker. */
  broker: { host: string; port: number };
  host: string;
  /** Counts up, so that under a byte limit each Fetch begins with another partition. */
  nextRotation(): number;
  onClose: OnClose;
}

export interface ApiRequest {
  version: number;
  clientId: string;
  body: Reader;
  /** Where the answer goes, after its header. */
  reply: Writer;
  client: Client;
}

/** What a handler ends with: an answer in `reply`, none as acks=0 asks, or a refusal to go on. */
// biome-ignore lint/suspicious/noConfusingVoidType: most handlers return nothing
export type HandlerResult = "noReply" | "disconnect" | void;

export type Handler = (broker: BrokerContext, request: ApiRequest) => HandlerResult | Promise<HandlerResult>;
