/** What the words of the pages mean. */
export const WORDS: readonly { word: string; means: string }[] = [
  {
    word: "Engagement",
    means: "One view, like, comment or share. Each is counted once, however often it is sent.",
  },
  { word: "Last hour", means: "The last sixty whole minutes, the current one included." },
  { word: "Change", means: "Against the same time last week; the earlier value stands beside it." },
  {
    word: "Taking off",
    means:
      "30 engagements or more in the last hour, and more than twice the share of the post's day that all posts have.",
  },
  {
    word: "Average per post",
    means: "Posts of the last 90 days with all their engagements, those without any included.",
  },
  {
    word: "Segment",
    means:
      "High volume is 10 posts or more in 90 days, low volume under 5. High is the upper quarter of the category's averages, low is below their median.",
  },
  {
    word: "Opportunity",
    means: "The category's median minus the author's average, times the author's posts.",
  },
  { word: "Rate", means: "Likes, comments and shares per 100 views." },
  { word: "Withdrawn", means: "Left out of lists and ranks; what was engaged stays counted in every total." },
  {
    word: "Live, slow, stale",
    means:
      "Everything up to 2 s ago is counted, or up to 10 s; after that the page says since when it is stale.",
  },
  { word: "Lag", means: "Events that wait in Kafka to be read." },
  {
    word: "Repeated",
    means: "An event that was counted before. Read = stored + rejected + repeated, to the last one.",
  },
];
