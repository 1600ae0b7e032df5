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

  it("gives none where the server was not reached", () => {
    expect(refusalOf(failed({ type: "TransportError" }))).toBeNull();
    expect(refusalOf(failed({ type: "TransportError", context: { responseText: "<html>" } }))).toBeNull();
    expect(refusalOf(failed({ type: "TransportError", context: { responseText: "{broken" } }))).toBeNull();
    expect(refusalOf(failed({}, "timeout"))).toBeNull();
  });

  it("names the origin that the operators have to allow", () => {
    const advice = (reason: string) => adviceFor(reason, "https://news.example");
    expect(advice("this origin is not allowed: CORS_ORIGINS has to name it")).toBe(
      "The origin of this page is https://news.example.",
    );
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
