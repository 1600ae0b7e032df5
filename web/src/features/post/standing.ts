import type { PostDetail } from "@pulseboard/contract";

type Rank = PostDetail["ranks"][number];

const WINDOWS: readonly { window: Rank["window"]; label: string }[] = [
  { window: "5m", label: "5 minutes" },
  { window: "1h", label: "1 hour" },
  { window: "24h", label: "24 hours" },
  { window: "all", label: "All time" },
];

export interface Standing {
  label: string;
  window: Rank["window"];
  engagements: number;
  /** Among all posts, and among those of the category; null without a rank. */
  all: Place | null;
  category: Place | null;
}
export interface Place {
  rank: number;
  /** Places won since the current minute began, negative for lost; null where it is not known. */
  won: number | null;
}

/** Where a post stands, a row a window. */
export function standingOf(ranks: readonly Rank[]): Standing[] {
  return WINDOWS.flatMap(({ window, label }) => {
    const ofWindow = ranks.filter((rank) => rank.window === window);
    if (ofWindow.length === 0) return [];
    const all = ofWindow.find(({ scope }) => scope === "all");
    const category = ofWindow.find(({ scope }) => scope !== "all") ?? all;
    return [
      {
        label,
        window,
        engagements: (all ?? ofWindow[0])?.engagements ?? 0,
        all: placeOf(all),
        category: placeOf(category),
      },
    ];
  });
}

function placeOf(rank: Rank | undefined): Place | null {
  if (!rank || rank.rank === null) return null;
  return { rank: rank.rank, won: rank.previous_rank === null ? null : rank.previous_rank - rank.rank };
}
