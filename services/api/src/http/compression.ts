import compression from "compression";
import type { RequestHandler } from "express";
import onHeaders from "on-headers";
import { withCoding } from "./etag.ts";

/** An answer below this is sent as it is, bytes. */
const THRESHOLD = 1_024;

/**
 * Exports are sent as they are: a reader takes them as fast as it can, for up to 15 minutes, and what it has not taken is
 * counted in bytes of the answer. Part of a file is not compressed either: its range counts the file's bytes.
 */
const isLeftAlone = (path: string, headers: { range: unknown }): boolean =>
  path === "/export/engagements" || headers.range !== undefined;

/**
 * Compresses answers for clients that accept it, Brotli before gzip. A strong ETag names the representation, so it names
 * the coding too.
 */
export function compressAnswers(): RequestHandler {
  const compress = compression({
    threshold: THRESHOLD,
    filter: (request, response) =>
      !isLeftAlone(request.path, { range: response.getHeader("Content-Range") }) &&
      compression.filter(request, response),
  });
  return (request, response, next) => {
    // Registered first, called last: after the coding is chosen.
    onHeaders(response, () => {
      const tag = response.getHeader("ETag");
      const coding = response.getHeader("Content-Encoding");
      if (typeof tag === "string" && typeof coding === "string")
        response.setHeader("ETag", withCoding(tag, coding));
    });
    compress(request, response, next);
  };
}
