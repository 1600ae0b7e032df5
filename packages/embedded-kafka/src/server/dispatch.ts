import { Reader } from "../codec/reader.ts";
import { finishResponse, startResponse } from "../codec/writer.ts";
import { encodeApiVersions } from "../protocol/cluster.ts";
import { ErrorCode } from "../protocol/errorCodes.ts";
import { API_VERSIONS_KEY, API_VERSIONS_MAX, APIS, type Api } from "./apis.ts";
import type { Serve } from "./connection.ts";
import type { BrokerContext } from "./context.ts";

const BY_KEY = new Map<number, Api>(APIS.map((api) => [api.key, api]));

/** Refusals that are told; further ones are not. */
const MOST_TOLD = 1_000;

/** Tells each refusal once: a client tries again and again. */
function createRefusals({ logger }: BrokerContext["options"]) {
  const told = new Set<string>();
  return (api: string | number, version: number, clientId: string, served: string): void => {
    const refusal = `${api} ${version} ${clientId}`;
    if (told.has(refusal) || told.size >= MOST_TOLD) return;
    told.add(refusal);
    logger.warn(
      { clientId: clientId.slice(0, 100), api, version, served },
      "version not served, connection closed",
    );
  };
}

/** From a request frame to its answer: header, version check, handler. */
export function createDispatch(broker: BrokerContext): Serve {
  const warn = createRefusals(broker.options);
  return async (frame, client) => {
    const body = new Reader(frame);
    const key = body.int16();
    const version = body.int16();
    const reply = startResponse(body.int32());
    if (key === API_VERSIONS_KEY && (version < 0 || version > API_VERSIONS_MAX)) {
      encodeApiVersions(reply, 0, ErrorCode.UNSUPPORTED_VERSION, APIS);
      return finishResponse(reply);
    }
    const clientId = body.nullableString() ?? "";
    const api = BY_KEY.get(key);
    if (api === undefined || version < api.min || version > api.max) {
      warn(api?.name ?? key, version, clientId, api ? `${api.min} to ${api.max}` : "none");
      // An answer has no layout in a version that is not served: Kafka closes the connection too.
      return "disconnect";
    }
    body.flexible = version >= api.flexible;
    body.tags();
    reply.flexible = body.flexible;
    // A client that does not know yet what is served could not read tagged fields there.
    if (key !== API_VERSIONS_KEY) reply.tags();
    const result = await api.handle(broker, { version, clientId, body, reply, client });
    reply.tags();
    return result ?? finishResponse(reply);
  };
}
