import type { EngagementType } from "@pulseboard/contract";
import type { Random } from "../random.ts";
import { createSampler, zipfWeights } from "./population.ts";

const USER_EXPONENT = 0.8;
/** Of the views, how many come from readers who are not known. */
const ANONYMOUS = 0.2;

/**
 * Who engages: some users do so much more often than others.
 * @param users how many there are
 * @returns the index of the user; undefined for a reader who is not known
 */
export function createReaders(users: number): (type: EngagementType, random: Random) => number | undefined {
  const sampler = users > 0 ? createSampler(zipfWeights(users, USER_EXPONENT)) : undefined;
  return (type, random) => {
    const isKnown = sampler && !(type === "view" && random.float() < ANONYMOUS);
    return isKnown ? sampler.pick(random) : undefined;
  };
}
