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

/** engine.io refuses a request with {"code":4,"message":"this origin is not allowed"}, a proxy with a problem. */
function messageIn(text: unknown): string | null {
  if (typeof text !== "string" || !text.startsWith("{")) return null;
  try {
    const { message, detail } = JSON.parse(text) as { message?: unknown; detail?: unknown };
    return (
      [message, detail].find((words): words is string => typeof words === "string" && words !== "") ?? null
    );
  } catch {
    return null;
  }
}

/** 401: no key, or one that is not known. 403 without another reason: one without the right to read. */
export function isForWantOfKey({ data }: ConnectError): boolean {
  return data?.status === 401 || (data?.status === 403 && data.reason === undefined);
}

/** What the reader can do, or the operators will ask, where the server's words do not say it; null for nothing. */
export function adviceFor(
  reason: string,
  { origin, wantsKey }: { origin: string; wantsKey: boolean },
): string | null {
  if (wantsKey) return "Enter a key that may read, or open a link that holds one.";
  if (/origin/.test(reason)) return `The origin of this page is ${origin}.`;
  return /connections a client/.test(reason) ? "Close other tabs of this page." : null;
}
