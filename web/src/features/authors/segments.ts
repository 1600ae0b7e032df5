import type { Segment } from "@pulseboard/contract";

/** What a segment is called here, and where its mark stands: posts across, engagement up. */
export const SEGMENT_WORDS: Record<Segment, { label: string; mark: Mark }> = {
  "High Volume, High Engagement": { label: "High volume, high engagement", mark: "right top" },
  "High Volume, Low Engagement": { label: "High volume, low engagement", mark: "right bottom" },
  "Low Volume, High Quality": { label: "Low volume, high quality", mark: "left top" },
  Average: { label: "Average", mark: "middle" },
};
export const ORDER: readonly Segment[] = [
  "High Volume, High Engagement",
  "High Volume, Low Engagement",
  "Low Volume, High Quality",
  "Average",
];
export type Mark = "right top" | "right bottom" | "left top" | "middle" | "none";

/** An author without posts is in the segment `Average` of the API, which says nothing of such a one. */
export const NO_POSTS = { label: "No posts in 90 days", mark: "none" } as const;

export const wordsOf = (author: { total_posts: number; performance_segment: Segment }) =>
  author.total_posts === 0 ? NO_POSTS : SEGMENT_WORDS[author.performance_segment];
