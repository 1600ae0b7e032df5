import { MalformedFrame, Reader } from "../codec/reader.ts";
import { finishResponse, startResponse } from "../codec/writer.ts";
import { encodeApiVersions } from "../protocol/cluster.ts";
import { ErrorCode } from "../protocol/errorCodes.ts";
import { API_VERSIONS_KEY, API_VERSIONS_MAX, APIS, type Api } from "./apis.ts";
import type { Serve } from "./connection.ts";
import type { BrokerContext } from "./context.ts";

const BY_KEY = new Map<number, Api>(APIS.map((api) => [api.key, api]));

/** From a request frame to its answer: header, version check, handler. */
export function createDispatch(broker: BrokerContext): Serve {
  return async (frame, client) => {
    const body = new Reader(frame);
    const key = body.int16();
    const version = body.int16();
    const reply = startResponse(body.int32());
    if (key === API_VERSIONS_KEY && (version < 0 || version > API_VERSIONS_MAX)) {
      encodeApiVersions(reply, 0, ErrorCode.UNSUPPORTED_VERSION, APIS);
      return finishResponse(reply);
    }
    const api = BY_KEY.get(key);
    if (api === undefined || version < api.min || version > api.max) {
      throw new MalformedFrame(`API ${api?.name ?? key} version ${version} is not served`);
    }
    const clientId = body.nullableString() ?? "";
    const result = await api.handle(broker, { version, clientId, body, reply, client });
    return result ?? finishResponse(reply);
  };
}
