import type { Problem } from "@pulseboard/contract";
import { heatOf } from "../model/heat.ts";
import { lastHourOf } from "../model/ranks.ts";
import type { Filters } from "../view/filters.svelte.ts";
import { Accounts } from "./accounts.svelte.ts";
import { Connection } from "./connection.svelte.ts";
import type { Params } from "./held.ts";
import { Names } from "./names.svelte.ts";
import { Pulse } from "./pulse.svelte.ts";
import { RateHistory } from "./rate.svelte.ts";
import { Subscription } from "./subscription.svelte.ts";

const ALL_CATEGORIES = { by: "categories", window: "1h", limit: 100 } as const;
export const PLACES = 10;

/** What the page asks the server for, and what follows from the answers. */
export class Dashboard {
  readonly connection = new Connection();
  readonly pulse = new Pulse(this.connection);
  readonly rate = new RateHistory();
  readonly accounts = new Accounts();
  readonly totals = new Subscription("totals", {}, (message) => {
    this.pulse.hear(message);
    this.rate.hear(message);
    this.accounts.hear(message);
  });
  readonly categories = new Subscription("leaderboard", ALL_CATEGORIES);
  readonly authorNames = new Names("authors");
  readonly categoryNames = new Names("categories");
  readonly heatmap: Subscription<"heatmap">;
  readonly leaderboard: Subscription<"leaderboard">;
  #filters: Filters;

  constructor(filters: Filters) {
    this.#filters = filters;
    this.heatmap = new Subscription("heatmap", this.#heatmapParams);
    this.leaderboard = new Subscription("leaderboard", this.#leaderboardParams);
  }

  start(): () => void {
    const stops = [this.totals, this.categories, this.heatmap, this.leaderboard].map((subscription) =>
      subscription.follow(this.connection),
    );
    stops.push(this.authorNames.follow(this.connection), this.categoryNames.follow(this.connection));
    stops.push(this.pulse.start(), this.connection.start());
    return () => {
      for (const stop of stops) stop();
    };
  }

  /** Asks for what the filters say now; call it when they change. */
  applyFilters(): void {
    this.heatmap.change(this.#heatmapParams);
    this.leaderboard.change(this.#leaderboardParams);
  }

  get #heatmapParams() {
    const { zone, category, authorId } = this.#filters;
    return { tz: zone, ...(category && { category }), ...(authorId && { author_id: authorId }) };
  }

  get #leaderboardParams() {
    return { by: this.#filters.by, window: this.#filters.window, limit: PLACES };
  }

  #stats = $derived.by(() => this.totals.message?.data ?? null);
  #lastHour = $derived.by(
    () => this.categories.message && lastHourOf(this.categories.message.data, ALL_CATEGORIES.limit),
  );
  #heat = $derived.by(() => this.heatmap.message && heatOf(this.heatmap.message.data));

  get stats() {
    return this.#stats;
  }
  get lastHour() {
    return this.#lastHour;
  }
  get heat() {
    return this.#heat;
  }

  /** What the heatmap's message is narrowed to, to begin a note with: 'Tech, ' or nothing. */
  get heatScope(): string {
    const { category, author_id: author } = {
      ...(this.heatmap.message?.params ?? this.#heatmapParams),
    } as Params;
    const name =
      author === undefined ? null : (this.authorNames.labelOf(String(author)) ?? `author ${author}`);
    return [category, name].flatMap((part) => (part ? [`${part}, `] : [])).join("");
  }

  #refused = $derived.by(() =>
    [this.totals, this.categories, this.heatmap, this.leaderboard].filter(({ mode, problem }) => {
      return mode !== "held" && problem !== null;
    }),
  );
  #shared = $derived.by(() => {
    const [first, ...others] = this.#refused;
    const same = (problem: Problem | null) => reasonOf(problem) === reasonOf(first?.problem ?? null);
    const ofStrip = first === this.totals || first === this.categories;
    return first && (others.length > 0 || ofStrip) && others.every(({ problem }) => same(problem))
      ? first
      : null;
  });

  /** The refusal that several panels share, to be told once; null when each has its own or there is none. */
  get shared() {
    return this.#shared;
  }
  retryAll(): void {
    for (const subscription of this.#refused) subscription.retry();
  }
}

/** 503: PostgreSQL is away since 14:39:16 */
export function reasonOf(problem: Problem | null): string {
  return problem ? `${problem.status}: ${problem.detail ?? problem.title}` : "";
}
