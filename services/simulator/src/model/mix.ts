import type { EngagementType } from "@pulseboard/contract";
import { hash } from "../random.ts";

/** Shares of likes, comments and shares among all engagements; the rest are views. */
const BASE = { like: 0.11, comment: 0.03, share: 0.04 } as const;
/** A post's reactions are up to this many times rarer or more frequent than the base. */
const TILT = 2;
/** Keeps the mean of all tilts at 1: the mean of TILT^u over u in [-1, 1]. */
const MEAN_TILT = (TILT - 1 / TILT) / (2 * Math.log(TILT));

/** How one post's engagements fall into types, as bounds that grow to 1. */
export interface Mix {
  likes: number;
  comments: number;
  shares: number;
}

const tilt = (postId: number, type: EngagementType): number =>
  TILT ** ((2 * hash("mix", type, postId)) / 2 ** 32 - 1) / MEAN_TILT;

/** The mix of a post, always the same for its id: some posts are liked, some shared, some only looked at. */
export function mixOf(postId: number): Mix {
  const likes = BASE.like * tilt(postId, "like");
  const comments = likes + BASE.comment * tilt(postId, "comment");
  const shares = comments + BASE.share * tilt(postId, "share");
  return { likes, comments, shares };
}

/** @param fraction in [0, 1), uniformly random */
export function pickType(mix: Mix, fraction: number): EngagementType {
  if (fraction >= mix.shares) return "view";
  if (fraction < mix.likes) return "like";
  return fraction < mix.comments ? "comment" : "share";
}

/** {@link mixOf} that works each post out once. */
export function createMixes(): (postId: number) => Mix {
  const known = new Map<number, Mix>();
  return (postId) => {
    const found = known.get(postId);
    if (found) return found;
    const made = mixOf(postId);
    known.set(postId, made);
    return made;
  };
}
