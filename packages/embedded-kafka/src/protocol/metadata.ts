import type { Reader } from "../codec/reader.ts";
import type { Writer } from "../codec/writer.ts";
import type { ErrorCode } from "./errorCodes.ts";

export interface MetadataRequest {
  /** null: all; from version 10 on a topic may have no name but an id, which is not served. */
  topics: (string | null)[] | null;
  allowAutoCreate: boolean;
}

export interface MetadataResponse {
  nodeId: number;
  host: string;
  port: number;
  clusterId: string;
  topics: { error: ErrorCode; name: string; id: string; partitions: number }[];
}

const OPERATIONS_NOT_ASKED = -0x8000_0000;

export function decodeMetadata(r: Reader, version: number): MetadataRequest {
  const names = r.nullableStructs(2, () => {
    if (version >= 10) r.uuid(); // names say enough
    return version >= 10 ? r.nullableString() : r.string();
  });
  const allowAutoCreate = version >= 4 ? r.boolean() : true;
  if (version >= 8) {
    r.boolean();
    r.boolean();
  }
  const all = names === null || (version === 0 && names.length === 0);
  return { topics: all ? null : names, allowAutoCreate };
}

export function encodeMetadata(w: Writer, version: number, response: MetadataResponse): void {
  const { nodeId, host, port, clusterId, topics } = response;
  if (version >= 3) w.int32(0);
  w.structs([nodeId], () => {
    w.int32(nodeId).string(host).int32(port);
    if (version >= 1) w.nullableString(null); // rack
  });
  if (version >= 2) w.nullableString(clusterId);
  if (version >= 1) w.int32(nodeId); // controller
  const here = () => w.array([nodeId], (id) => w.int32(id));
  w.structs(topics, (topic) => {
    w.int16(topic.error).string(topic.name);
    if (version >= 10) w.uuid(topic.id);
    if (version >= 1) w.boolean(false); // internal
    w.structs([...Array(topic.partitions).keys()], (partition) => {
      w.int16(0).int32(partition).int32(nodeId);
      if (version >= 7) w.int32(0); // leader epoch
      here(); // replicas
      here(); // in sync
      if (version >= 5) w.count(0); // offline
    });
    if (version >= 8) w.int32(OPERATIONS_NOT_ASKED);
  });
  if (version >= 8) w.int32(OPERATIONS_NOT_ASKED);
}
