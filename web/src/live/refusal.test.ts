import { describe, expect, it } from "vitest";
import { adviceFor, type ConnectError, isForWantOfKey, refusalOf } from "./refusal.ts";

const failed = (parts: Partial<ConnectError>, message = "xhr poll error"): ConnectError =>
  Object.assign(new Error(message), parts);

describe("a refused connection", () => {
  it("gives the server's words, from the handshake or from a refused request", () => {
    const responseText = '{"code":4,"message":"this origin is not allowed"}';
    expect(refusalOf(failed({ type: "TransportError", context: { responseText } }))).toBe(
      "this origin is not allowed",
    );
    expect(refusalOf(failed({ data: { status: 401 } }, "this key is not known"))).toBe(
      "this key is not known",
    );
  });

  it("gives a proxy's words, too", () => {
    const responseText = '{"type":"about:blank","status":502,"detail":"the API does not answer, try again"}';
    expect(refusalOf(failed({ type: "TransportError", context: { responseText } }))).toBe(
      "the API does not answer, try again",
    );
  });

  it("gives none where the server was not reached", () => {
    expect(refusalOf(failed({ type: "TransportError" }))).toBeNull();
    expect(refusalOf(failed({ type: "TransportError", context: { responseText: "<html>" } }))).toBeNull();
    expect(refusalOf(failed({ type: "TransportError", context: { responseText: "{broken" } }))).toBeNull();
    expect(refusalOf(failed({}, "timeout"))).toBeNull();
  });

  it("says what to do: the origin that the operators have to allow, tabs to close, a key to enter", () => {
    const advice = (reason: string, wantsKey = false) =>
      adviceFor(reason, { origin: "https://news.example", wantsKey });
    expect(advice("this origin is not allowed: CORS_ORIGINS has to name it")).toBe(
      "The origin of this page is https://news.example.",
    );
    expect(advice("at most 3 connections a client: close some")).toBe("Close other tabs of this page.");
    expect(advice("this key is not known", true)).toMatch(/^Enter a key/);
    expect(advice("too many requests in this minute: try again in the next")).toBeNull();
  });

  it("asks for a key when the server refuses for want of one, and for nothing else", () => {
    expect([401, 403, 429, undefined].map((status) => isForWantOfKey(failed({ data: { status } })))).toEqual([
      true,
      true,
      false,
      false,
    ]);
    expect(isForWantOfKey(failed({ data: { status: 403, reason: "origin" } }))).toBe(false);
  });
});
