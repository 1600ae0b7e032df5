import { createHash } from "node:crypto";
import { type Basis, type Question, questionKey } from "../readModels/reader.ts";
import type { Stats } from "../readModels/stats.ts";
import type { Format } from "./format.ts";

/**
 * Names the stats version, the start of the answer's window, an older version that the answer goes by, and the
 * representation: question, parameters, format, and what is shown of the catalogue as it stands.
 */
export function entityTag<P, T>(
  question: Question<P, T>,
  params: P,
  { stats, basis, data }: { stats: Stats; basis?: Basis | undefined; data: T },
  format: Format,
): string {
  const representation = createHash("sha256")
    .update(`${questionKey(question, params)}|${format}|${JSON.stringify(question.ofCatalogue?.(data))}`)
    .digest("hex")
    .slice(0, 12);
  const older = basis && basis.version < stats.version ? `~${basis.version}` : "";
  return `"${stats.version}.${question.windowStart(stats, params)}${older}.${format}-${representation}"`;
}

/** The tag of the answer in a content coding: compressed, it is another representation. A weak tag names all of them. */
export const withCoding = (tag: string, coding: string): string =>
  tag.startsWith("W/") ? tag : tag.replace(/"$/, `-${coding}"`);

const CODINGS = ["br", "gzip", "deflate"];

/**
 * If-None-Match by the weak comparison of RFC 9110. Not `request.fresh`, which gives up on Cache-Control: no-cache: that
 * is meant for caches on the way, and fetch() adds it to every conditional request.
 * @returns the tag that the client has of this answer, in whatever coding; undefined when it has none
 */
export function heldTag(condition: string | undefined, tag: string): string | undefined {
  if (condition === undefined) return undefined;
  if (condition.trim() === "*") return tag;
  const given = new Set(condition.split(",").map((one) => one.trim().replace(/^W\//, "")));
  return [tag, ...CODINGS.map((coding) => withCoding(tag, coding))].find((one) => given.has(one));
}
