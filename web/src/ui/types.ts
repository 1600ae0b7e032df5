/** The four kinds of engagement, always in this order: colour is never the only way to tell them apart. */
export const TYPES = ["views", "likes", "comments", "shares"] as const;
export type EngagementType = (typeof TYPES)[number];
export const TYPE_NAMES: Record<EngagementType, string> = {
  views: "Views",
  likes: "Likes",
  comments: "Comments",
  shares: "Shares",
};
