import {
  type CompactChannel,
  type CompactData,
  compactTotalsOf,
  type HeatCounts,
  heatCellsOf,
  type LiveStats,
  type Overview,
  type PatternCell,
  type TrendingRow,
} from "@pulseboard/contract";

/** How a channel's data leaves to subscribers that ask for `compact: true`; applyCompact of the contract reads it. */
export interface Compact<T = unknown> {
  whole(data: T): unknown;
  /** What changed since `before`; undefined where only the whole tells. */
  changed(before: T, data: T): unknown;
}

const same = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);

const heatmap: Compact<PatternCell[]> = {
  whole: (data): CompactData["heatmap"] => ({ cells: heatCellsOf(data) }),
  changed(before, data): CompactData["heatmap"] {
    const old = heatCellsOf(before);
    const changed = heatCellsOf(data).flatMap((counts, index): [number, ...HeatCounts][] =>
      same(counts, old[index]) ? [] : [[index, ...counts]],
    );
    return { changed };
  },
};

const leaderboard: Compact<TrendingRow[]> = {
  whole: (data): CompactData["leaderboard"] => data,
  changed(before, data): CompactData["leaderboard"] {
    const old = new Map(before.map((row) => [row.id, row]));
    const changed = data.filter((row) => !same(row, old.get(row.id)));
    return { changed, order: data.map(({ id }) => id) };
  },
};

const totals: Compact<LiveStats> = {
  whole: compactTotalsOf,
  changed: () => undefined,
};

const overview: Compact<Overview> = {
  whole: (data): CompactData["overview"] => data,
  changed(before, data): CompactData["overview"] | undefined {
    // Minutes go on at the end. When they went back, with the clock, only the whole tells.
    if (data.minutes[0]!.minute < before.minutes[0]!.minute) return undefined;
    const old = new Map(before.minutes.map((one) => [one.minute, one]));
    const minutes = data.minutes.filter((one) => !same(one, old.get(one.minute)));
    const today = data.today.filter((one, index) => !same(one, before.today[index]));
    const hours = (["last_hour", "last_hour_a_week_ago"] as const).filter(
      (name) => !same(data[name], before[name]),
    );
    return {
      changed: {
        ...Object.fromEntries(hours.map((name) => [name, data[name]])),
        ...(minutes.length && { minutes }),
        ...(today.length && { today }),
      },
    };
  },
};

export const COMPACT: Record<CompactChannel, Compact> = { heatmap, leaderboard, totals, overview } as Record<
  CompactChannel,
  Compact
>;
