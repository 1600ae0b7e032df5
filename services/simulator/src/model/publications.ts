import { MAX_ID } from "@pulseboard/contract";
import type { Catalogue } from "../catalogue.ts";
import { createRandom } from "../random.ts";

const HOUR_MS = 3_600_000;
/** Above it is the id that broken messages may name as unknown. */
const MAX_NEW_ID = MAX_ID - 1;

/** A post that is published while the run goes on: it has to be in the catalogue by then. */
export interface PlannedPost {
  /** When it is published, ms since the start of the run; its first engagement comes later. */
  intendedMs: number;
  postId: number;
  authorId: number;
  category: string;
}

export interface PublicationOptions {
  seed: number;
  /** Posts an hour, each at a random time within its share of the hour. */
  newPostsPerHour: number;
  /** Times of further posts, ascending, in ms. */
  extraMs: readonly number[];
  durationMs: number;
}

/** Posts in the order of their times, with ids above all that are in the catalogue; none when there are no such ids. */
export function* publications(catalogue: Catalogue, options: PublicationOptions): Generator<PlannedPost> {
  const { freePostId, authors, categories } = catalogue;
  if (freePostId === undefined || !authors.ids.length) return;
  const random = createRandom(options.seed, "publications");
  const interval = HOUR_MS / options.newPostsPerHour; // Infinity for none
  const regularAt = (ordinal: number) =>
    interval === Number.POSITIVE_INFINITY ? interval : (ordinal + random.float()) * interval;

  let postId = freePostId;
  let ordinal = 0;
  let regular = regularAt(0);
  const extra = [...options.extraMs];
  for (;;) {
    const isExtra = extra[0] !== undefined && extra[0] <= regular;
    const intendedMs = isExtra ? (extra.shift() as number) : regular;
    if (intendedMs >= options.durationMs || postId > MAX_NEW_ID) return;
    if (!isExtra) regular = regularAt(++ordinal);
    const author = random.below(authors.ids.length);
    yield {
      intendedMs,
      postId: postId++,
      authorId: authors.ids[author] as number,
      category: categories[authors.category[author] as number] as string,
    };
  }
}
