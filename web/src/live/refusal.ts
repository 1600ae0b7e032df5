/** Why a try to connect failed, as far as the server said. */

/** What socket.io's connect_error carries, of which its types tell little. */
export interface ConnectError extends Error {
  /** engine.io's: the transport failed. */
  type?: string;
  /** The request of a polling transport that was refused. */
  context?: { responseText?: unknown };
  /** The problem that a refused handshake carries; `reason` where the connection, not its key, is refused. */
  data?: { status?: unknown; reason?: unknown };
}

/** The server's own words; null when it was not reached, or said nothing. */
export function refusalOf(error: ConnectError): string | null {
  if (error.type === "TransportError") return messageIn(error.context?.responseText);
  return error.message === "timeout" ? null : error.message;
}

/** engine.io refuses a request with {"code":4,"message":"this origin is not allowed"}. */
function messageIn(text: unknown): string | null {
  if (typeof text !== "string" || !text.startsWith("{")) return null;
  try {
    const { message } = JSON.parse(text) as { message?: unknown };
    return typeof message === "string" && message !== "" ? message : null;
  } catch {
    return null;
  }
}

/** 401: no key, or one that is not known. 403 without another reason: one without the right to read. */
export function isForWantOfKey({ data }: ConnectError): boolean {
  return data?.status === 401 || (data?.status === 403 && data.reason === undefined);
}

/** What the server's words do not say and the operators will ask; null for nothing. */
export function adviceFor(reason: string, origin: string): string | null {
  return /origin/.test(reason) ? `The origin of this page is ${origin}.` : null;
}
