/** What the sample data is made from; equal plans give equal bytes. */
export interface SamplePlan {
  seed: number;
  posts: number;
  authors: number;
  users: number;
  /** The history covers this many whole UTC days and the part of today before the anchor. */
  days: number;
  events: number;
  /** Where the history ends, ms since the epoch. */
  anchor: number;
}

export const CATEGORIES = [
  "Tech",
  "Business",
  "Finance",
  "Entertainment",
  "Health",
  "Lifestyle",
  "Food",
  "Travel",
] as const;
export type Category = (typeof CATEGORIES)[number];
