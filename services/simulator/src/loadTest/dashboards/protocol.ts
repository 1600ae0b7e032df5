export interface ToDashboards {
  type: "open";
  url: string;
  key: string | undefined;
  count: number;
}

export type FromDashboards =
  | { type: "open" }
  /** Every dashboard has a version of at least this, since monotonic ms `at`; `asOf` in ms since the epoch. */
  | { type: "shown"; version: number; at: number; asOf: number }
  /** How many have lost their connection and are not back. */
  | { type: "away"; dashboards: number }
  | { type: "failed"; message: string };
