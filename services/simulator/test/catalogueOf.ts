import type { Catalogue } from "../src/catalogue.ts";

const HOUR_MS = 3_600_000;
const NEWEST = Date.UTC(2026, 10, 22, 12);

/** A catalogue of posts an hour apart, newest first: those of the ids, or as many as asked for, numbered by age. */
export function catalogueOf(options: {
  posts?: number;
  ids?: Int32Array;
  userIds?: Int32Array;
  categories?: readonly string[];
}): Catalogue {
  const { posts = 1, userIds = new Int32Array(), categories = ["Tech"] } = options;
  const { ids = Int32Array.from({ length: posts }, (_, index) => posts - index) } = options;
  const last = Math.max(...ids);
  return {
    posts: {
      ids,
      published: Float64Array.from(ids, (_, index) => NEWEST - index * HOUR_MS),
      category: Uint16Array.from(ids, (_, index) => index % categories.length),
    },
    categories,
    userIds,
    authors: {
      ids: Int32Array.from(categories.keys(), (index) => index + 1),
      category: Uint16Array.from(categories.keys()),
    },
    freePostId: last + 1,
    unknownPostId: 2 ** 31 - 1,
  };
}
